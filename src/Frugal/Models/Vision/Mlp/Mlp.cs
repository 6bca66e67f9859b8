using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// Fully connected network. Weight names: <c>layers.fc1</c>, <c>layers.fc2</c>, …, <c>head</c>.
/// Features are the last hidden layer, <c>[batch, features]</c>.
/// </summary>
public sealed class Mlp : ImageModel
{
    private Module<Tensor, Tensor> layers, head;

    /// <param name="config">What to build.</param>
    public Mlp(MlpConfig config) : base(config, "mlp")
    {
        var stack = new List<(string, Module<Tensor, Tensor>)>();
        long width = InputShape.Aggregate(1L, (product, side) => product * side);
        for (int i = 0; i < config.HiddenSizes.Count; i++)
        {
            stack.Add(($"fc{i + 1}", Linear(width, config.HiddenSizes[i])));
            stack.Add(($"act{i + 1}", ActivationLayer.Of(config.Activation)));
            if (config.DropRate > 0)
                stack.Add(($"drop{i + 1}", Dropout(config.DropRate)));
            width = config.HiddenSizes[i];
        }
        NumFeatures = width;
        LayerGroups = [.. config.HiddenSizes.Select((_, i) => (IReadOnlyList<string>)[$"layers.fc{i + 1}"]), ["head"]];
        layers = Sequential(stack);
        head = CreateClassifier(NumClasses);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string ClassifierPath => "head";

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups { get; }

    /// <inheritdoc/>
    public override Tensor ForwardFeatures(Tensor input)
    {
        RequireInputShape(input);
        using var flat = input.flatten(1);
        return layers.call(flat);
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        return preLogits ? features.alias() : head.call(features);
    }
}
