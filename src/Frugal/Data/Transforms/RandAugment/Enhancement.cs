namespace Frugal.Data.Transforms;

/// <summary>
/// Pillow's enhancements: the image blended with a degenerate one, <c>out = degenerate + factor (v - degenerate)</c>, clipped to 0…255 and truncated. Factor 1 changes
/// nothing, 0 gives the degenerate image, more than 1 exaggerates.
/// </summary>
internal static class Enhancement
{
    /// <summary>Blends with black.</summary>
    public static Image Brightness(Image image, double factor)
    {
        var source = image.Pixels.Span;
        var target = new byte[source.Length];
        for (int i = 0; i < target.Length; i++)
            target[i] = Blend(0, source[i], (float)factor);
        return image with { Pixels = target };
    }

    /// <summary>Blends with the mean brightness.</summary>
    public static Image Contrast(Image image, double factor)
    {
        var source = image.Pixels.Span;
        long sum = 0;
        for (int i = 0; i < source.Length; i += image.Channels)
            sum += Luma.Of(source, i, image.Channels);
        int mean = (int)((double)sum / (source.Length / image.Channels) + 0.5);
        var target = new byte[source.Length];
        for (int i = 0; i < target.Length; i++)
            target[i] = Blend(mean, source[i], (float)factor);
        return image with { Pixels = target };
    }

    /// <summary>Blends with the grey image.</summary>
    public static Image Color(Image image, double factor)
    {
        var source = image.Pixels.Span;
        var target = new byte[source.Length];
        for (int i = 0; i < target.Length; i += image.Channels)
        {
            int grey = Luma.Of(source, i, image.Channels);
            for (int channel = i; channel < i + image.Channels; channel++)
                target[channel] = Blend(grey, source[channel], (float)factor);
        }
        return image with { Pixels = target };
    }

    /// <summary>Blends with a smoothed image: each pixel the mean over 3x3 in which it counts five times; pixels of the border are their own.</summary>
    public static Image Sharpness(Image image, double factor)
    {
        int channels = image.Channels, rowLength = image.Width * channels;
        var source = image.Pixels.Span;
        byte[] target = source.ToArray();
        for (int row = 1; row < image.Height - 1; row++)
        {
            for (int i = row * rowLength + channels; i < (row + 1) * rowLength - channels; i++)
            {
                int sum = 4 * source[i];
                for (int near = i - channels; near <= i + channels; near += channels)
                    sum += source[near - rowLength] + source[near] + source[near + rowLength];
                target[i] = Blend((2 * sum + 13) / 26, source[i], (float)factor);
            }
        }
        return image with { Pixels = target };
    }

    // Single precision, as in Pillow: with double precision some values truncate to the other side.
    private static byte Blend(int degenerate, int value, float factor) => (byte)Math.Clamp(degenerate + factor * (value - degenerate), 0f, 255f);
}
