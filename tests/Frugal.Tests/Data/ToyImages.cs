using Frugal.Data;

namespace Frugal.Tests.Data;

/// <summary>Images whose every pixel is told by index, row and column; reading one that is declared broken fails.</summary>
internal sealed class ToyImages(int count, int channels = 1, int side = 4, int? broken = null) : ImageDataset
{
    private int reading;

    public override int Count => count;

    public override ImageInfo Info { get; } = new(
        channels, side, side, ["a", "b", "c"], [.. Enumerable.Repeat(0.5, channels)], [.. Enumerable.Repeat(0.25, channels)]);

    /// <summary>Reads in progress.</summary>
    public int Reading => Volatile.Read(ref reading);

    /// <summary>Milliseconds a read takes.</summary>
    public int Delay { get; init; }

    public override int Label(int index) => index % 3;

    public override string Name(int index) => $"toy/{index}.png";

    public override Image Read(int index)
    {
        Interlocked.Increment(ref reading);
        try
        {
            if (Delay > 0)
                Thread.Sleep(Delay);
            if (index == broken)
                throw new FrugalException("the file ends early");
            var pixels = new byte[side * side * channels];
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] = Pixel(index, i);
            return new Image(pixels, side, side, channels);
        }
        finally
        {
            Interlocked.Decrement(ref reading);
        }
    }

    public static byte Pixel(int index, int position) => (byte)(index * 31 + position * 7);
}
