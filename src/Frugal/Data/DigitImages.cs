using Frugal.Data.Drawing;

namespace Frugal.Data;

/// <summary>One split of <see cref="Digits"/>, drawn when the first image is asked for and kept.</summary>
internal sealed class DigitImages : ImageDataset
{
    private const int PixelsPerImage = Digits.Side * Digits.Side;
    private readonly Digits options;
    private readonly string split;
    private readonly RandomStreams random;
    private readonly Lazy<byte[]> pixels;

    public DigitImages(Digits options, string split, int count)
    {
        this.options = options;
        this.split = split;
        Count = count;
        random = new RandomStreams(options.Seed);
        pixels = new(DrawAll);
    }

    public override int Count { get; }

    public override ImageInfo Info => Digits.Info;

    // Every class turns up equally often in any run of neighbours, so that even a small split is balanced.
    public override int Label(int index) => index % DigitShapes.Count;

    public override string Name(int index) => $"{split} digit {index}";

    public override Image Read(int index) =>
        new(pixels.Value.AsMemory(index * PixelsPerImage, PixelsPerImage), Digits.Side, Digits.Side, 1);

    public override void Finish(int index, Span<float> pixels)
    {
        if (options.Texture > 0)
            LayTextureBehind(index, pixels);
        if (options.Noise == 0)
            return;
        var stream = random.At($"digits-{split}-noise", index);
        foreach (ref float pixel in pixels)
            pixel += (float)(options.Noise * stream.NextNormal());
    }

    private void LayTextureBehind(int index, Span<float> pixels)
    {
        var (mean, std) = ((float)Info.Mean[0], (float)Info.Std[0]);
        foreach (ref float pixel in pixels)
            pixel = pixel * std + mean;
        DigitTexture.LayBehind(pixels, Digits.Side, options.Texture, random.At($"digits-{split}-texture", index));
        foreach (ref float pixel in pixels)
            pixel = (pixel - mean) / std;
    }

    private byte[] DrawAll()
    {
        var all = new byte[Count * PixelsPerImage];
        string stream = $"digits-{split}";
        Parallel.For(0, Count, () => new DigitPainter(options), (index, _, painter) =>
        {
            painter.Paint(Label(index), random.At(stream, index), all.AsSpan(index * PixelsPerImage, PixelsPerImage));
            return painter;
        }, _ => { });
        return all;
    }
}
