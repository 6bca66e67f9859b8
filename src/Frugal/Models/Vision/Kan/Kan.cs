using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// Kolmogorov-Arnold network with selectable families (Yang et al. 2024, S-KAN and S-ConvKAN). Weight names: <c>stages.conv1</c>, … where there are convolutions, <c>layers.kan1</c>, …, <c>head</c>. Features are what
/// goes into the head, <c>[batch, features]</c>.
/// </summary>
public sealed class Kan : ImageModel
{
    private readonly KanConfig config;
    private Module<Tensor, Tensor> stages, layers, head;

    /// <param name="config">What to build.</param>
    public Kan(KanConfig config) : base(config, "kan")
    {
        this.config = config;
        var (convolutions, hidden) = (new List<(string, Module<Tensor, Tensor>)>(), new List<(string, Module<Tensor, Tensor>)>());
        var (channels, height, width) = (InputShape[0], InputShape[1], InputShape[2]);
        for (int i = 0; i < config.ConvChannels.Count; i++)
        {
            convolutions.Add(($"conv{i + 1}", new KanConv2d(new(channels, [3, 3], [1, 1], [1, 1], [1, 1]), config.ConvChannels[i], config.OptionsOf(isHidden: i > 0))));
            convolutions.Add(($"pool{i + 1}", AvgPool2d(2)));
            (channels, height, width) = (config.ConvChannels[i], height / 2, width / 2);
        }
        long features = channels * height * width;
        for (int i = 0; i < config.HiddenSizes.Count; i++)
        {
            hidden.Add(($"kan{i + 1}", new KanLinear(features, config.HiddenSizes[i], config.OptionsOf(isHidden: i + convolutions.Count > 0))));
            features = config.HiddenSizes[i];
        }
        NumFeatures = features;
        LayerGroups = [.. config.ConvChannels.Select((_, i) => (IReadOnlyList<string>)[$"stages.conv{i + 1}"]), .. config.HiddenSizes.Select((_, i) => (IReadOnlyList<string>)[$"layers.kan{i + 1}"]), ["head"]];
        stages = Sequential(convolutions);
        layers = Sequential(hidden);
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
        using var scope = NewDisposeScope();
        return layers.call(stages.call(input * config.InputScale).flatten(1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        return preLogits ? features.alias() : head.call(features);
    }

    /// <inheritdoc/>
    protected override Module<Tensor, Tensor> CreateClassifier(int numClasses) =>
        numClasses == 0 ? Identity() : new KanLinear(NumFeatures, numClasses, config.OptionsOf(isHidden: config.ConvChannels.Count + config.HiddenSizes.Count > 0));
}
