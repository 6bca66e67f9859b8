using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Native;
using static TorchSharp.torch;

namespace Frugal.Models;

/// <summary>
/// The description from which a model is built: everything but the weights. It round-trips through <c>config.json</c>.
/// What the data decides (classes, channels, image size) may stay open until <see cref="FitTo"/> or <see cref="Build"/>.
/// </summary>
/// <remarks>
/// A model of your own is a record derived from this one, with <c>[Entry("my-model")]</c>, its options as <c>init</c> properties and
/// <see cref="Create"/> returning a <see cref="Model"/>, or a <see cref="WrappedModel"/> around a module that knows nothing of Frugal.
/// </remarks>
[CatalogueKind("model", "models")]
public abstract record ModelConfig
{
    private readonly int? numClasses, inChannels;
    private readonly ImageSize? imageSize;

    /// <summary>Number of classes; 0 leaves the classifier out; null takes the data's, or the published number without data.</summary>
    [Range(0, 1_000_000)]
    public int? NumClasses { get => numClasses; init => numClasses = value is { } v ? Guard.Between(v, 0, 1_000_000) : null; }

    /// <summary>Channels of the input image; null takes the data's, or the published number without data.</summary>
    [Range(1, 4096)]
    public int? InChannels { get => inChannels; init => inChannels = value is { } v ? Guard.Between(v, 1, 4096) : null; }

    /// <summary>Height and width of the input image in pixels; null takes the data's, or the published size without data.</summary>
    public ImageSize? ImageSize { get => imageSize; init => imageSize = value?.Checked(nameof(ImageSize)); }

    /// <summary>The same description with what was left open taken from the data.</summary>
    public virtual ModelConfig FitTo(DataInfo data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return this with
        {
            NumClasses = NumClasses ?? data.NumClasses,
            InChannels = InChannels ?? data.Channels,
            ImageSize = ImageSize ?? new ImageSize(data.Height, data.Width),
        };
    }

    /// <summary>The same description with whatever is still open set to its published value.</summary>
    public ModelConfig Complete()
    {
        var published = PublishedInput;
        return this with
        {
            NumClasses = NumClasses ?? published.NumClasses,
            InChannels = InChannels ?? published.Channels,
            ImageSize = ImageSize ?? published.Size,
        };
    }

    /// <summary>
    /// Builds the network with fresh weights, drawn from libtorch's generator (seed it through <see cref="RandomStreams.SeedTorch"/>).
    /// What is still open takes its published value. The weights belong to the network, whatever dispose scope is open.
    /// </summary>
    /// <exception cref="FrugalException">The options contradict each other, or libtorch cannot be loaded.</exception>
    public Model Build()
    {
        LibTorch.Load();
        using var scope = NewDisposeScope();
        var model = Complete().Create();
        foreach (var tensor in model.parameters().Concat(model.buffers()))
            tensor.DetachFromDisposeScope();
        model.RememberLayers();
        return model;
    }

    /// <summary>What the published network was trained on; it fills what neither the options nor the data decide.</summary>
    public virtual PublishedInput PublishedInput => PublishedInput.ImageNet;

    /// <summary>
    /// A number of weights that a complete description is sure to need, worked out without building anything; 0 when nothing is known. Reading a folder refuses a description
    /// that asks for far more than the weights beside it hold.
    /// </summary>
    public virtual double LeastParameters => 0;

    /// <summary>Makes the network; called by <see cref="Build"/> on a complete description, with libtorch loaded.</summary>
    protected abstract Model Create();
}
