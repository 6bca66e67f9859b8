using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Native;
using static TorchSharp.torch;

namespace Frugal.Models;

/// <summary>
/// The description from which a model is built: everything but the weights. It round-trips through <c>config.json</c>.
/// What the data decides (classes, the size of the input) may stay open until <see cref="FitTo"/> or <see cref="Build"/>.
/// </summary>
/// <remarks>
/// A model of your own is a record derived from <see cref="ImageModelConfig"/>, or from this one where it takes no images, with <c>[Entry("my-model")]</c>, its options as <c>init</c> properties and
/// <see cref="Create"/> returning a <see cref="Model"/>, or a <see cref="WrappedModel"/> around a module that knows nothing of Frugal.
/// </remarks>
[CatalogueKind("model", "models")]
public abstract record ModelConfig
{
    private readonly int? numClasses;

    /// <summary>Number of classes; 0 leaves the classifier out; null takes the data's, or the published number without data.</summary>
    [Range(0, 1_000_000)]
    public int? NumClasses { get => numClasses; init => numClasses = value is { } v ? Guard.Between(v, 0, 1_000_000) : null; }

    /// <summary>The same description with what was left open taken from the data.</summary>
    /// <exception cref="FrugalException">The model is not for data of this kind.</exception>
    public abstract ModelConfig FitTo(DataInfo data);

    /// <summary>The same description for images of another size.</summary>
    /// <exception cref="FrugalException">The model takes no images.</exception>
    public virtual ModelConfig For(ImageSize size) => throw new FrugalException("This model takes no images, so they have no size.");

    /// <summary>The same description with whatever is still open set to its published value.</summary>
    public abstract ModelConfig Complete();

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

    /// <summary>
    /// A number of weights that a complete description is sure to need, worked out without building anything; 0 when nothing is known. Reading a folder refuses a description
    /// that asks for far more than the weights beside it hold.
    /// </summary>
    public virtual double LeastParameters => 0;

    /// <summary>The same description with feed-forward blocks of so many hidden units; null where it cannot say so.</summary>
    internal virtual ModelConfig? WithFeedForward(long hidden) => null;

    /// <summary>Makes the network; called by <see cref="Build"/> on a complete description, with libtorch loaded.</summary>
    protected abstract Model Create();
}
