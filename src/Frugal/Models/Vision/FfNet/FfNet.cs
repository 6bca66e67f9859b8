using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Conv2d = TorchSharp.Modules.Conv2d;
using Linear = TorchSharp.Modules.Linear;

namespace Frugal.Models.Vision;

/// <summary>
/// FFNet (Yun et al. 2024, MetaMixer), all convolutions, with the weight names of the authors' code: <c>patch_embed.0.c</c>, <c>stages.0.0.token_mixer.0.main.fc.c</c> …, <c>stages.1.0.proj.0.conv.c</c> …, <c>norm</c>,
/// <c>head</c>. Features are <c>[batch, features, height / stride, width / stride]</c>, normalised.
/// </summary>
public sealed class FfNet : ImageModel
{
    private const double InitialStd = 0.02;

    private Module<Tensor, Tensor> patch_embed, stages, norm, avgpool, head;

    /// <param name="config">What to build.</param>
    public FfNet(FfNetConfig config) : base(config, "ffnet")
    {
        patch_embed = Sequential(new ConvNorm2d(InputShape[0], config.StemWidth, 3, 2), GELU(), new ConvNorm2d(config.StemWidth, config.Widths[0], 3, 2));
        stages = Sequential(Enumerable.Range(0, config.Depths.Count).Select(stage => Stage(config, stage)));
        NumFeatures = config.Widths[^1];
        norm = BatchNorm2d(NumFeatures);
        avgpool = AdaptiveAvgPool2d(1);
        head = CreateClassifier(NumClasses);
        RegisterComponents();
        Initialise();
        LayerGroups =
        [
            ["patch_embed"],
            .. config.Depths.SelectMany((depth, stage) => Enumerable.Range(0, depth + (stage > 0 ? 1 : 0)).Select(block => (IReadOnlyList<string>)[$"stages.{stage}.{block}"])),
            ["norm", "head"],
        ];
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
        using var scope = NewDisposeScope();
        return norm.call(stages.call(patch_embed.call(input))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = NewDisposeScope();
        var pooled = avgpool.call(features).flatten(1);
        return (preLogits ? pooled : head.call(pooled)).MoveToOuterDisposeScope();
    }

    // Blocks are numbered over all stages, for the rates of stochastic depth.
    private static Module<Tensor, Tensor> Stage(FfNetConfig config, int stage)
    {
        int before = config.Depths.Take(stage).Sum();
        var blocks = Enumerable.Range(0, config.Depths[stage]).Select(block => (Module<Tensor, Tensor>)new FfBlock(config.BlockOf(stage, block, before + block)));
        return Sequential(stage == 0 ? blocks : blocks.Prepend(new PatchMerging(config.Widths[stage - 1], config.Widths[stage])));
    }

    // The authors cut normal numbers at ±2, a hundred standard deviations, which no number reaches.
    private void Initialise()
    {
        foreach (var module in modules())
        {
            if (module is not (Conv2d or Linear))
                continue;
            init.normal_(module.get_parameter("weight")!, 0, InitialStd);
            if (module.get_parameter("bias") is { } bias)
                init.zeros_(bias);
        }
    }
}
