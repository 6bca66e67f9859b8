using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models;

/// <summary>
/// An image network: <c>[batch, channels, height, width]</c> to logits <c>[batch, classes]</c>, with timm's verbs.
/// Children that a method may want to replace are declared as <c>Module&lt;Tensor, Tensor&gt;</c>, so that surgery can put another layer in their place.
/// </summary>
public abstract class Model : Module<Tensor, Tensor>
{
    /// <param name="config">What the network is built from.</param>
    /// <param name="name">The architecture's short name.</param>
    protected Model(ModelConfig config, string name) : base(name) => Config = config;

    /// <summary>What the network was built from, kept true by <see cref="ResetClassifier"/>.</summary>
    public ModelConfig Config { get; protected set; }

    /// <summary>Path of the classifying layer, e.g. <c>fc</c> or <c>head</c>.</summary>
    public abstract string ClassifierPath { get; }

    /// <summary>The network up to, but not including, pooling and classifier.</summary>
    public abstract Tensor ForwardFeatures(Tensor input);

    /// <summary>Pooling and classifier; with <paramref name="preLogits"/> the pooled features before the classifier.</summary>
    public abstract Tensor ForwardHead(Tensor features, bool preLogits = false);

    /// <summary>Puts a freshly initialised classifier with another number of classes in place; 0 leaves the pooled features.</summary>
    public abstract void ResetClassifier(int numClasses);

    /// <summary>
    /// Depth of a parameter for layer-wise learning-rate decay: 0 for the stem, rising block by block, <see cref="NumLayerGroups"/> - 1 for the head.
    /// </summary>
    public abstract int LayerGroupOf(string parameterName);

    /// <summary>Number of layer groups.</summary>
    public abstract int NumLayerGroups { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => ForwardHead(ForwardFeatures(input));
}
