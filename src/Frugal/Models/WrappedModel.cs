using Frugal.Layers.Surgery;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models;

/// <summary>
/// Any network from image to logits, written without regard to Frugal, as a <see cref="Model"/>. Its weights appear under <c>module.</c>.
/// Features are what goes into the classifying layer, which must be the last thing the network does.
/// </summary>
public sealed class WrappedModel : ImageModel
{
    private readonly string innerPath;
    private Module<Tensor, Tensor> module;

    /// <param name="config">What the network was built from.</param>
    /// <param name="module">The network; this model owns it from now on.</param>
    /// <param name="classifierPath">Path of the classifying linear layer inside the network; null takes the last linear layer it registered.</param>
    /// <exception cref="FrugalException">The network has no linear layer at that path.</exception>
    public WrappedModel(ImageModelConfig config, Module<Tensor, Tensor> module, string? classifierPath = null) : base(config, NameOf(module))
    {
        this.module = module;
        innerPath = classifierPath ?? module.named_modules().LastOrDefault(m => m.module is TorchSharp.Modules.Linear).name
            ?? throw new FrugalException($"{module.GetName()} has no linear layer to classify with; name the classifying layer when wrapping it");
        NumFeatures = ModuleSurgery.Find(module, innerPath) is TorchSharp.Modules.Linear linear
            ? linear.in_features
            : throw new FrugalException($"{module.GetName()}: the classifier '{innerPath}' is not a linear layer");
        LayerGroups =
        [
            .. module.named_children().Where(c => c.name != innerPath).Select(c => (IReadOnlyList<string>)[$"module.{c.name}"]), [ClassifierPath],
        ];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string ClassifierPath => $"module.{innerPath}";

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups { get; }

    private Module<Tensor, Tensor> Classifier => (Module<Tensor, Tensor>)ModuleSurgery.Find(module, innerPath);

    /// <inheritdoc/>
    public override Tensor ForwardFeatures(Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor? features = null;
        var hook = Classifier.register_forward_pre_hook((_, entering) =>
        {
            // The network may run its classifier within a scope of its own, which must not end these features.
            features = entering.alias().DetachFromDisposeScope();
            return entering;
        });
        try
        {
            module.call(input);
        }
        finally
        {
            hook.remove();
        }
        if (features is null)
            throw new FrugalException($"{GetName()} did not run its classifier '{innerPath}', so it has no features to give");
        scope.Attach(features);
        return features.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        return preLogits ? features.alias() : Classifier.call(features);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => module.call(input);

    private static string NameOf(Module<Tensor, Tensor> module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.GetName();
    }
}
