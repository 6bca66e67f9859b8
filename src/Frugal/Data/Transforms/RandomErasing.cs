using Frugal.Catalogue;

namespace Frugal.Data.Transforms;

/// <summary>
/// Overwrites random boxes of a normalised image, so that a network does not hang its judgement on one part of the picture
/// (Zhong et al. 2017, arXiv 1708.04896; boxes as in timm).
/// </summary>
public sealed class RandomErasing
{
    private const int Attempts = 10;
    private const double MaxLogAspect = 1.2039728043259361; // ln(1/0.3)

    private readonly double probability = 0.25;
    private readonly int minCount = 1;
    private readonly int maxCount = 1;
    private readonly double minArea = 0.02;
    private readonly double maxArea = 1.0 / 3;

    /// <summary>Chance that an image is touched at all, 0 to 1. Default 0.25.</summary>
    [Range(0, 1)]
    public double Probability { get => probability; init => probability = Guard.Between(value, 0, 1); }

    /// <summary>What the boxes are filled with. Default <see cref="ErasingFill.Pixel"/>.</summary>
    public ErasingFill Fill { get; init; } = ErasingFill.Pixel;

    /// <summary>Fewest boxes an image, at least 1. Default 1; above <see cref="MaxCount"/> it counts as that.</summary>
    [Range(1, double.PositiveInfinity)]
    public int MinCount { get => minCount; init => minCount = Guard.AtLeast(value, 1); }

    /// <summary>Most boxes an image, at least 1. Default 1.</summary>
    [Range(1, double.PositiveInfinity)]
    public int MaxCount { get => maxCount; init => maxCount = Guard.AtLeast(value, 1); }

    /// <summary>Smallest share of the image that the boxes cover together, 0 to 1. Default 0.02.</summary>
    [Range(0, 1)]
    public double MinArea { get => minArea; init => minArea = Guard.Between(value, 0, 1); }

    /// <summary>Largest share of the image that the boxes cover together, 0 to 1. Default 1/3.</summary>
    [Range(0, 1)]
    public double MaxArea { get => maxArea; init => maxArea = Guard.Between(value, 0, 1); }

    /// <summary>Erases in place.</summary>
    /// <param name="pixels">Normalised image <c>[channels, height, width]</c>.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="random">The stream of this example in this epoch.</param>
    public void Apply(Span<float> pixels, int channels, int height, int width, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (!random.NextBool(Probability))
            return;
        int fewest = Math.Min(MinCount, MaxCount);
        int count = fewest + random.NextInt(MaxCount - fewest + 1);
        for (int i = 0; i < count; i++)
        {
            if (DrawBox(height, width, count, random) is { } box)
                Erase(pixels, channels, height, width, box, random);
        }
    }

    private (int Top, int Left, int Height, int Width)? DrawBox(int height, int width, int count, RandomStream random)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = random.NextDouble(MinArea, MaxArea) * height * width / count;
            double aspect = Math.Exp(random.NextDouble(-MaxLogAspect, MaxLogAspect));
            int h = (int)Math.Round(Math.Sqrt(area * aspect)), w = (int)Math.Round(Math.Sqrt(area / aspect));
            if (h < height && w < width)
                return (random.NextInt(height - h + 1), random.NextInt(width - w + 1), h, w);
        }
        return null;
    }

    private void Erase(Span<float> pixels, int channels, int height, int width, (int Top, int Left, int Height, int Width) box, RandomStream random)
    {
        for (int channel = 0; channel < channels; channel++)
        {
            float value = Fill == ErasingFill.Channel ? (float)random.NextNormal() : 0;
            for (int y = box.Top; y < box.Top + box.Height; y++)
            {
                var row = pixels.Slice((channel * height + y) * width + box.Left, box.Width);
                if (Fill == ErasingFill.Pixel)
                {
                    foreach (ref float pixel in row)
                        pixel = (float)random.NextNormal();
                }
                else
                {
                    row.Fill(value);
                }
            }
        }
    }
}
