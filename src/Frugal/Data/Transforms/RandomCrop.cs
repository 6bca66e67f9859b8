using Frugal.Catalogue;

namespace Frugal.Data.Transforms;

/// <summary>Surrounds an image with black and cuts a rectangle out at a random place: the usual augmentation of CIFAR-10, with 4 pixels around 32x32.</summary>
[Entry("random-crop")]
public sealed class RandomCrop : ImageTransform
{
    private readonly int padding = 4;
    private readonly int height;
    private readonly int width;

    /// <summary>Black pixels on each side, 0 to 1,024. Default 4.</summary>
    [Shorthand]
    [Range(0, 1024)]
    public int Padding { get => padding; init => padding = Guard.Between(value, 0, 1024); }

    /// <summary>Height and width of the cut in pixels, 1 to 4,096, or null for the data's. Default null.</summary>
    [Range(1, 4096)]
    public int? Size
    {
        get => height == 0 ? null : height;
        init => height = width = value is { } side ? Guard.Between(side, 1, 4096) : 0;
    }

    /// <summary>A crop with the size of the data where none was given.</summary>
    public RandomCrop() { }

    private RandomCrop(int padding, int height, int width) => (this.padding, this.height, this.width) = (padding, height, width);

    /// <inheritdoc/>
    public override ImageTransform For(ImageInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        return height > 0 ? this : new RandomCrop(padding, info.Height, info.Width);
    }

    /// <inheritdoc/>
    public override Image Apply(Image image, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int toHeight = height > 0 ? height : image.Height, toWidth = width > 0 ? width : image.Width;
        int spareHeight = image.Height + 2 * padding - toHeight, spareWidth = image.Width + 2 * padding - toWidth;
        if (spareHeight < 0 || spareWidth < 0)
            throw new FrugalException($"{toHeight}x{toWidth} pixels cannot be cut out of {image.Height}x{image.Width} with {padding} around; use random-resized-crop.");
        return Cropping.Crop(image, random.NextInt(spareHeight + 1) - padding, random.NextInt(spareWidth + 1) - padding, toHeight, toWidth);
    }
}
