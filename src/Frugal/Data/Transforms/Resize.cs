using Frugal.Catalogue;

namespace Frugal.Data.Transforms;

/// <summary>Brings the shorter side of an image to a length and keeps its proportions.</summary>
[Entry("resize")]
public sealed class Resize : ImageTransform
{
    private readonly int? size;
    private int? target;

    /// <summary>Length of the shorter side in pixels, 1 to 4,096, or null for the data's. Default null.</summary>
    [Shorthand]
    [Range(1, 4096)]
    public int? Size { get => size; init => size = value is { } side ? Guard.Between(side, 1, 4096) : null; }

    /// <summary>How pixels are computed. Default <see cref="Interpolation.Bicubic"/>.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bicubic;

    /// <inheritdoc/>
    public override ImageTransform For(ImageInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        var bound = (Resize)MemberwiseClone();
        bound.target = Size ?? Math.Min(info.Height, info.Width);
        return bound;
    }

    /// <inheritdoc/>
    public override Image Apply(Image image, RandomStream random) =>
        (target ?? Size) is { } side ? Resampling.ResizeShorter(image, side, Interpolation) : image;
}
