using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>
/// Trains a pruned network on without its zeros coming back: a weight of a linear, convolution or recurrent layer that is zero when training starts stays zero, whatever momentum or weight decay do.
/// </summary>
[Entry("keep-zeros")]
[Capabilities(WorksOn = ["Linear", "Conv1d", "Conv2d", "Conv3d", "LSTM", "GRU", "RNN"], CombinesWith = ["rd-pruning", "gradient-noise"], PackedForm = "sparse")]
public sealed class KeepZeros : TrainingMethod
{
    private readonly List<PrunedWeight> weights = [];

    /// <summary>Paths of layers that keep their zeros, <c>*</c> standing for anything.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Paths of layers whose zeros may come back, <c>*</c> standing for anything.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <inheritdoc/>
    public override Phase Phase => Phase.Weight;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => weights.Select(weight => $"mask of {weight.Name}");

    /// <summary>The masks by parameter name: 1 where the weight is trained, 0 where it is zero; of weights that have zeros only.</summary>
    public IReadOnlyDictionary<string, Tensor> Masks => weights.ToDictionary(weight => weight.Name, weight => weight.Mask);

    /// <inheritdoc/>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        Clear();
        foreach (var (name, value) in PrunableWeights.Of(fit.Subject.Model, Include, Exclude))
        {
            using var scope = NewDisposeScope();
            var mask = value.detach().ne(0).to(value.dtype);
            var weight = new PrunedWeight(name, value);
            weight.Load(value.detach(), mask, 0);
            weights.Add(weight);
        }
    }

    /// <inheritdoc/>
    public override void OnBackward(Fit fit) => weights.ForEach(weight => weight.MaskGradient());

    /// <inheritdoc/>
    public override void AfterStep(Fit fit) => weights.ForEach(weight => weight.ApplyMask());

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit) => Clear();

    /// <inheritdoc/>
    public override MethodState Save() => new(weights.ToDictionary(weight => $"mask.{weight.Name}", weight => weight.Mask), new Dictionary<string, double>());

    /// <inheritdoc/>
    public override void Load(MethodState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach (var weight in weights)
            weight.Load(weight.Stored, state.Tensors[$"mask.{weight.Name}"], 0);
    }

    private void Clear()
    {
        weights.ForEach(weight => weight.Dispose());
        weights.Clear();
    }
}
