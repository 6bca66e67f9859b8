using Frugal.Catalogue;

namespace Frugal.Data.Transforms;

/// <summary>Cuts the middle out of an image; where the image is smaller, black surrounds it.</summary>
[Entry("center-crop")]
public sealed class CenterCrop : ImageTransform
{
    private readonly int? size;
    private (int Height, int Width)? target;

    /// <summary>Height and width of the cut in pixels, 1 to 4,096, or null for the data's. Default null.</summary>
    [Shorthand]
    [Range(1, 4096)]
    public int? Size { get => size; init => size = value is { } side ? Guard.Between(side, 1, 4096) : null; }

    /// <inheritdoc/>
    public override ImageTransform For(ImageInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        var bound = (CenterCrop)MemberwiseClone();
        bound.target = (Size ?? info.Height, Size ?? info.Width);
        return bound;
    }

    /// <inheritdoc/>
    public override Image Apply(Image image, RandomStream random)
    {
        var (height, width) = target ?? (Size ?? image.Height, Size ?? image.Width);
        return Cropping.Centre(image, height, width);
    }
}
