using Frugal.Catalogue;

namespace Frugal.Data.Transforms;

/// <summary>Mirrors an image left to right with some probability.</summary>
[Entry("horizontal-flip")]
public sealed class HorizontalFlip : ImageTransform
{
    private readonly double probability = 0.5;

    /// <summary>Chance that an image is mirrored, 0 to 1. Default 0.5.</summary>
    [Shorthand]
    [Range(0, 1)]
    public double Probability { get => probability; init => probability = Guard.Between(value, 0, 1); }

    /// <inheritdoc/>
    public override Image Apply(Image image, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (!random.NextBool(Probability))
            return image;
        int channels = image.Channels, rowLength = image.Width * channels;
        var source = image.Pixels.Span;
        var target = new byte[source.Length];
        for (int start = 0; start < source.Length; start += rowLength)
        {
            for (int from = 0; from < rowLength; from += channels)
                source.Slice(start + from, channels).CopyTo(target.AsSpan(start + rowLength - channels - from));
        }
        return image with { Pixels = target };
    }
}
