using Frugal.Data;

namespace Frugal.Testing;

/// <summary>Noisy pictures of four patterns, easy to tell apart, made from their number.</summary>
public sealed class Blobs(int count, int side = 6, int stream = 0) : ImageDataset
{
    private const int Classes = 4;

    public override int Count => count;

    public override ImageInfo Info { get; } = new(1, side, side, ["a", "b", "c", "d"], [0.5], [0.25]);

    public override int Label(int index) => index % Classes;

    public override Image Read(int index)
    {
        var pattern = new RandomStream((ulong)Label(index) + 100);
        var noise = new RandomStream((ulong)(index + 1_000_003 * stream) + 1000);
        var pixels = new byte[side * side];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Clamp((pattern.NextBool(0.5) ? 180 : 80) + 35 * noise.NextNormal(), 0, 255);
        return new Image(pixels, side, side, 1);
    }
}
