using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// Small plain convolutional network. Weight names: <c>stages.conv1</c>, <c>stages.bn1</c>, …, <c>fc</c>.
/// Features are <c>[batch, channels, height / 2^stages, width / 2^stages]</c>.
/// </summary>
public sealed class ConvNet : Model
{
    private Module<Tensor, Tensor> stages, global_pool, fc;

    /// <param name="config">What to build.</param>
    public ConvNet(ConvNetConfig config) : base(config, "convnet")
    {
        var stack = new List<(string, Module<Tensor, Tensor>)>();
        long width = InputShape[0];
        for (int i = 1; i <= config.Channels.Count; i++)
        {
            int channels = config.Channels[i - 1];
            stack.Add(($"conv{i}", Conv2d(width, channels, 3, padding: 1, bias: false)));
            stack.Add(($"bn{i}", BatchNorm2d(channels)));
            stack.Add(($"act{i}", ActivationLayer.Of(config.Activation)));
            stack.Add(($"pool{i}", MaxPool2d(2)));
            width = channels;
        }
        NumFeatures = width;
        LayerGroups = [.. config.Channels.Select((_, i) => (IReadOnlyList<string>)[$"stages.conv{i + 1}", $"stages.bn{i + 1}"]), ["fc"]];
        stages = Sequential(stack);
        global_pool = AdaptiveAvgPool2d(1);
        fc = CreateClassifier(NumClasses);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string ClassifierPath => "fc";

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups { get; }

    /// <inheritdoc/>
    public override Tensor ForwardFeatures(Tensor input) => stages.call(input);

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        using var scope = NewDisposeScope();
        var pooled = global_pool.call(features).flatten(1);
        return (preLogits ? pooled : fc.call(pooled)).MoveToOuterDisposeScope();
    }
}
