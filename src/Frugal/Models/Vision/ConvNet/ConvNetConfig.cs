using Frugal.Catalogue;
using Frugal.Layers;

namespace Frugal.Models.Vision;

/// <summary>
/// A small plain convolutional network, quick to train as a baseline: stages of 3x3 convolution, batch normalisation, non-linearity and
/// 2x2 maximum pooling, then the mean over the image and a linear classifier; or strides, and linear layers on the flattened image.
/// </summary>
[Entry("convnet")]
public sealed record ConvNetConfig : ImageModelConfig
{
    private readonly IReadOnlyList<int> channels = [16, 32, 64];

    /// <summary>Channels of each stage, from the input on.</summary>
    public IReadOnlyList<int> Channels
    {
        get => channels;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            Guard.AtLeast(value.Count, 1, nameof(Channels));
            foreach (int size in value)
                Guard.Between(size, 1, 65_536);
            channels = value;
        }
    }

    /// <summary>Convolutions in each stage, one behind the other.</summary>
    [Range(1, 100)]
    public int ConvsPerStage { get; init => field = Guard.Between(value, 1, 100); } = 1;

    /// <summary>Widths of linear layers between the image, flattened, and the classifier; none takes the mean over the image.</summary>
    public IReadOnlyList<int> HiddenSizes
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (int size in value)
                Guard.Between(size, 1, 65_536);
            field = value;
        }
    } = [];

    /// <summary>True for a batch normalisation after each convolution, which then has no bias.</summary>
    public bool HasNorm { get; init; } = true;

    /// <summary>How each stage halves the image.</summary>
    public Downsampling Downsampling { get; init; } = Downsampling.MaxPool;

    /// <summary>Non-linearity of each stage.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <inheritdoc/>
    public override PublishedInput PublishedInput => PublishedInput.Digits;

    /// <inheritdoc/>
    public override double LeastParameters => Channels.Zip(Channels.Skip(1), (from, to) => 9.0 * from * to).Sum() + (ConvsPerStage - 1) * Channels.Sum(width => 9.0 * width * width);

    /// <inheritdoc/>
    protected override Model Create()
    {
        var size = ImageSize!.Value;
        int smallest = Math.Min(size.Height, size.Width);
        return smallest >> Channels.Count > 0
            ? new ConvNet(this)
            : throw new FrugalException($"convnet halves the image once a stage, and {size} cannot be halved {Channels.Count} times: give fewer channels, or larger images");
    }
}
