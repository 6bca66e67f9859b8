using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// Residual network (He et al. 2015, arXiv 1512.03385), with timm's weight names: <c>conv1</c>, <c>bn1</c>, <c>layer1.0.conv1</c> …
/// <c>layer2.0.downsample.0</c> …, <c>fc</c>. Features are <c>[batch, features, height / stride, width / stride]</c>.
/// </summary>
public sealed class ResNet : ImageModel
{
    private readonly Module<Tensor, Tensor>[] stages;
    private Module<Tensor, Tensor> conv1, bn1, act1, maxpool, global_pool, fc;

    /// <param name="config">What to build.</param>
    public ResNet(ResNetConfig config) : base(config, "resnet")
    {
        bool cifar = config.Stem == ResNetStem.Cifar;
        long channels = cifar ? config.Width : 64;
        conv1 = cifar ? Conv2d(InputShape[0], channels, 3, padding: 1, bias: false) : Conv2d(InputShape[0], channels, 7, stride: 2, padding: 3, bias: false);
        bn1 = BatchNorm2d(channels);
        act1 = ReLU();
        maxpool = cifar ? Identity() : MaxPool2d(3, stride: 2, padding: 1);
        register_module("conv1", conv1);
        register_module("bn1", bn1);
        register_module("act1", act1);
        register_module("maxpool", maxpool);

        var blocks = new ResNetBlocks(config);
        stages = new Module<Tensor, Tensor>[config.Depths.Count];
        for (int stage = 0; stage < stages.Length; stage++)
        {
            stages[stage] = blocks.Stage(stage, ref channels);
            register_module($"layer{stage + 1}", stages[stage]);
        }

        NumFeatures = channels;
        global_pool = AdaptiveAvgPool2d(1);
        fc = CreateClassifier(NumClasses);
        register_module("global_pool", global_pool);
        register_module("fc", fc);
        Initialise(config);
        LayerGroups =
        [
            ["conv1", "bn1"],
            .. config.Depths.SelectMany((depth, stage) => Enumerable.Range(0, depth).Select(block => (IReadOnlyList<string>)[$"layer{stage + 1}.{block}"])),
            ["fc"],
        ];
    }

    /// <inheritdoc/>
    public override string ClassifierPath => "fc";

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups { get; }

    /// <inheritdoc/>
    public override Tensor ForwardFeatures(Tensor input)
    {
        using var scope = NewDisposeScope();
        var features = maxpool.call(act1.call(bn1.call(conv1.call(input))));
        foreach (var stage in stages)
            features = stage.call(features);
        return features.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        using var scope = NewDisposeScope();
        var pooled = global_pool.call(features).flatten(1);
        return (preLogits ? pooled : fc.call(pooled)).MoveToOuterDisposeScope();
    }

    private void Initialise(ResNetConfig config)
    {
        string lastNorm = config.Block == ResidualBlock.Basic ? ".bn2" : ".bn3";
        foreach (var (path, module) in named_modules())
        {
            if (module is Conv2d convolution)
                init.kaiming_normal_(convolution.weight, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
            else if (config.ZeroInitLast && module is BatchNorm2d norm && path.EndsWith(lastNorm, StringComparison.Ordinal))
                init.zeros_(norm.weight);
        }
    }
}
