using Frugal.Catalogue;

namespace Frugal.Data.Transforms;

/// <summary>
/// Cuts a rectangle of random area and proportions out of an image and brings it to the data's size: the usual augmentation of ImageNet (Szegedy et al. 2015, section
/// 6; as in torchvision: ten tries, then the largest rectangle of allowed proportions in the middle).
/// </summary>
[Entry("random-resized-crop")]
public sealed class RandomResizedCrop : ImageTransform
{
    private const int Tries = 10;
    private readonly double minArea = 0.08;
    private readonly double maxArea = 1;
    private readonly double maxAspect = 4.0 / 3;
    private readonly int? size;
    private (int Height, int Width)? target;

    /// <summary>Smallest share of the area, above 0, at most 1. Default 0.08; above <see cref="MaxArea"/> it counts as that.</summary>
    [Range(0, 1, AboveLow = true)]
    public double MinArea { get => minArea; init => minArea = Guard.Between(Guard.Positive(value), 0, 1); }

    /// <summary>Largest share of the area, above 0, at most 1. Default 1.</summary>
    [Range(0, 1, AboveLow = true)]
    public double MaxArea { get => maxArea; init => maxArea = Guard.Between(Guard.Positive(value), 0, 1); }

    /// <summary>Largest width over height; the smallest is its inverse. 1 to 100, default 4/3.</summary>
    [Range(1, 100)]
    public double MaxAspect { get => maxAspect; init => maxAspect = Guard.Between(value, 1, 100); }

    /// <summary>Height and width of the result in pixels, 1 to 4,096, or null for the data's. Default null.</summary>
    [Range(1, 4096)]
    public int? Size { get => size; init => size = value is { } side ? Guard.Between(side, 1, 4096) : null; }

    /// <summary>How pixels are computed. Default <see cref="Interpolation.Bilinear"/>.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <inheritdoc/>
    public override ImageTransform For(ImageInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        var bound = (RandomResizedCrop)MemberwiseClone();
        bound.target = (Size ?? info.Height, Size ?? info.Width);
        return bound;
    }

    /// <inheritdoc/>
    public override Image Apply(Image image, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var (top, left, height, width) = Draw(image, random);
        var (toHeight, toWidth) = target ?? (Size ?? image.Height, Size ?? image.Width);
        return Resampling.Resize(Cropping.Crop(image, top, left, height, width), toHeight, toWidth, Interpolation);
    }

    private (int Top, int Left, int Height, int Width) Draw(Image image, RandomStream random)
    {
        double logAspect = Math.Log(MaxAspect);
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            double area = random.NextDouble(Math.Min(MinArea, MaxArea), MaxArea) * image.Height * image.Width;
            double aspect = Math.Exp(random.NextDouble(-logAspect, logAspect));
            int width = (int)Math.Round(Math.Sqrt(area * aspect)), height = (int)Math.Round(Math.Sqrt(area / aspect));
            if (width > 0 && width <= image.Width && height > 0 && height <= image.Height)
                return (random.NextInt(image.Height - height + 1), random.NextInt(image.Width - width + 1), height, width);
        }
        double shape = Math.Clamp((double)image.Width / image.Height, 1 / MaxAspect, MaxAspect);
        int h = Math.Min(image.Height, Math.Max(1, (int)Math.Round(image.Width / shape)));
        int w = Math.Min(image.Width, Math.Max(1, (int)Math.Round(image.Height * shape)));
        return ((image.Height - h) / 2, (image.Width - w) / 2, h, w);
    }
}
