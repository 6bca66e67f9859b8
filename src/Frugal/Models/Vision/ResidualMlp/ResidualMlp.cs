using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// A transformer without attention. Weight names: <c>embed</c>, <c>blocks.0.norm</c>, <c>blocks.0.fc1</c>, <c>blocks.0.fc2</c>, …, <c>head</c>; of gated blocks <c>blocks.0.norm</c>, <c>blocks.0.mlp.gate_proj</c>, <c>.up_proj</c>, <c>.down_proj</c>. Features are the last block's output,
/// <c>[batch, width]</c>.
/// </summary>
public sealed class ResidualMlp : ImageModel
{
    private Module<Tensor, Tensor> embed, blocks, head;

    /// <param name="config">What to build.</param>
    public ResidualMlp(ResidualMlpConfig config) : base(config, "residual-mlp")
    {
        NumFeatures = config.Width;
        embed = Linear(InputShape.Aggregate(1L, (product, side) => product * side), config.Width);
        blocks = Sequential(Enumerable.Range(0, config.Depth).Select(_ => config.IsGated
            ? (Module<Tensor, Tensor>)new GatedResidualBlock(config.Width, config.HiddenSize)
            : new ResidualMlpBlock(config.Width, config.HiddenSize, config.Activation)));
        head = CreateClassifier(NumClasses);
        RegisterComponents();
        LayerGroups = [["embed"], .. Enumerable.Range(0, config.Depth).Select(block => (IReadOnlyList<string>)[$"blocks.{block}"]), ["head"]];
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
        using var scope = NewDisposeScope();
        return blocks.call(embed.call(input.flatten(1))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        return preLogits ? features.alias() : head.call(features);
    }
}
