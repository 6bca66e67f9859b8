using Frugal.Data;

namespace Frugal.Tests.Data.Transforms;

/// <summary>Images for transforms to work on.</summary>
internal static class Pictures
{
    /// <summary>Random bytes.</summary>
    public static Image Noise(int height, int width, int channels = 3, ulong seed = 1)
    {
        var random = new RandomStream(seed);
        var pixels = new byte[height * width * channels];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)random.NextInt(256);
        return new Image(pixels, height, width, channels);
    }

    /// <summary>Every pixel one value.</summary>
    public static Image Flat(int height, int width, byte value) => new(Enumerable.Repeat(value, height * width).ToArray(), height, width, 1);

    /// <summary>Pixels in their order from 0.</summary>
    public static Image Counting(int height, int width) => new(Enumerable.Range(0, height * width).Select(i => (byte)i).ToArray(), height, width, 1);

    public static ImageInfo Info(int height, int width, int channels = 3) =>
        new(channels, height, width, ["a", "b"], [.. Enumerable.Repeat(0.2, channels)], [.. Enumerable.Repeat(0.3, channels)]);

    public static byte[] Bytes(this Image image) => image.Pixels.ToArray();
}
