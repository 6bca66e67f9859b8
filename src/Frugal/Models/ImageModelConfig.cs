using Frugal.Catalogue;
using Frugal.Data;

namespace Frugal.Models;

/// <summary>The description of an image network.</summary>
public abstract record ImageModelConfig : ModelConfig
{
    private readonly int? inChannels;
    private readonly ImageSize? imageSize;

    /// <summary>Channels of the input image; null takes the data's, or the published number without data.</summary>
    [Range(1, 4096)]
    public int? InChannels { get => inChannels; init => inChannels = value is { } v ? Guard.Between(v, 1, 4096) : null; }

    /// <summary>Height and width of the input image in pixels; null takes the data's, or the published size without data.</summary>
    public ImageSize? ImageSize { get => imageSize; init => imageSize = value?.Checked(nameof(ImageSize)); }

    /// <summary>What the published network was trained on; it fills what neither the options nor the data decide.</summary>
    public virtual PublishedInput PublishedInput => PublishedInput.ImageNet;

    /// <inheritdoc/>
    public override ModelConfig FitTo(DataInfo data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data is not ImageInfo images)
            throw new FrugalException($"{GetType().Name.Replace("Config", "", StringComparison.Ordinal)} is a network for images, and the data is texts; choose a text model, e.g. bert, or data with images.");
        return this with
        {
            NumClasses = NumClasses ?? images.NumClasses,
            InChannels = InChannels ?? images.Channels,
            ImageSize = ImageSize ?? new ImageSize(images.Height, images.Width),
        };
    }

    /// <inheritdoc/>
    public override ModelConfig For(ImageSize size) => this with { ImageSize = size };

    /// <inheritdoc/>
    public override ModelConfig Complete()
    {
        var published = PublishedInput;
        return this with
        {
            NumClasses = NumClasses ?? published.NumClasses,
            InChannels = InChannels ?? published.Channels,
            ImageSize = ImageSize ?? published.Size,
        };
    }
}
