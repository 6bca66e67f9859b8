using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// Small plain convolutional network. Weight names: <c>stages.conv1</c>, <c>stages.bn1</c>, <c>stages.conv1_2</c>, …, <c>hidden.fc1</c>, … where there are hidden layers, <c>fc</c>.
/// Features are <c>[batch, channels, height / 2^stages, width / 2^stages]</c>.
/// </summary>
public sealed class ConvNet : ImageModel
{
    private Module<Tensor, Tensor> stages, global_pool, hidden, fc;

    /// <param name="config">What to build.</param>
    public ConvNet(ConvNetConfig config) : base(config, "convnet")
    {
        var stack = new List<(string, Module<Tensor, Tensor>)>();
        long width = InputShape[0];
        for (int i = 1; i <= config.Channels.Count; i++)
        {
            int channels = config.Channels[i - 1];
            bool isStrided = config.Downsampling == Downsampling.Stride;
            for (int j = 1; j <= config.ConvsPerStage; j++)
            {
                string place = PlaceOf(i, j);
                stack.Add(($"conv{place}", Conv2d(width, channels, 3, stride: isStrided && j == 1 ? 2 : 1, padding: 1, bias: !config.HasNorm)));
                if (config.HasNorm)
                    stack.Add(($"bn{place}", BatchNorm2d(channels)));
                stack.Add(($"act{place}", ActivationLayer.Of(config.Activation)));
                width = channels;
            }
            if (!isStrided)
                stack.Add(($"pool{i}", MaxPool2d(2)));
        }
        LayerGroups =
        [
            .. config.Channels.Select((_, i) => (IReadOnlyList<string>)[.. Enumerable.Range(1, config.ConvsPerStage).SelectMany(j => (string[])[$"stages.conv{PlaceOf(i + 1, j)}", $"stages.bn{PlaceOf(i + 1, j)}"])]),
            .. config.HiddenSizes.Select((_, i) => (IReadOnlyList<string>)[$"hidden.fc{i + 1}"]), ["fc"],
        ];
        stages = Sequential(stack);
        // Hidden layers see every place of the image, a classifier alone the mean over it.
        bool isFlattened = config.HiddenSizes.Count > 0;
        global_pool = isFlattened ? Identity() : AdaptiveAvgPool2d(1);
        width *= isFlattened ? SideAfter(InputShape[1], config) * SideAfter(InputShape[2], config) : 1;
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        for (int i = 1; i <= config.HiddenSizes.Count; i++)
        {
            layers.Add(($"fc{i}", Linear(width, config.HiddenSizes[i - 1])));
            layers.Add(($"act{i}", ActivationLayer.Of(config.Activation)));
            width = config.HiddenSizes[i - 1];
        }
        hidden = isFlattened ? Sequential(layers) : Identity();
        NumFeatures = width;
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
        var pooled = hidden.call(global_pool.call(features).flatten(1));
        return (preLogits ? pooled : fc.call(pooled)).MoveToOuterDisposeScope();
    }

    // The first of a stage has the stage's number alone.
    private static string PlaceOf(int stage, int convolution) => convolution == 1 ? $"{stage}" : $"{stage}_{convolution}";

    // A stride rounds up, a pooling window down.
    private static long SideAfter(long side, ConvNetConfig config) =>
        config.Channels.Aggregate(side, (left, _) => config.Downsampling == Downsampling.Stride ? (left + 1) / 2 : left / 2);
}
