using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>
/// Prunes the smallest weights of every layer while the network trains, along a cubic schedule (Zhu and Gupta, 2017, arXiv 1710.01878).
/// </summary>
/// <remarks>
/// The network computes with <c>W * M</c>: outside an update the parameters hold that product, so evaluation and checkpoints see the pruned network, while the stored weights
/// <c>W</c> are kept apart and put back for the update. Gradients are those of the product, zero where masked; momentum or weight decay may still move a masked weight.
/// </remarks>
[Entry("gradual-pruning", Paper = "gradual-pruning")]
[Capabilities(WorksOn = ["Linear", "Conv1d", "Conv2d", "Conv3d", "LSTM", "GRU", "RNN"], CombinesWith = ["gradient-noise"], PackedForm = "sparse")]
public sealed class GradualPruning : TrainingMethod
{
    private readonly List<PrunedWeight> weights = [];
    private SparsitySchedule? schedule;
    private long done;

    /// <summary>Share of each layer's weights that are zero at the end, s_f; with global allocation of all layers' together.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double FinalSparsity { get; init => field = Guard.Fraction(value); } = 0.9;

    /// <summary>Share that is zero after the first pruning, s_i.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double InitialSparsity { get; init => field = Guard.Fraction(value); }

    /// <summary>When the first weights are pruned, t0: once the loss has become stable.</summary>
    public Duration Begin { get; init; } = 0.1;

    /// <summary>When the last weights are pruned, te: well before the learning rate becomes very small.</summary>
    public Duration End { get; init; } = 0.7;

    /// <summary>Time between two prunings, Δt. 100 to 1000 updates make no difference, says the paper.</summary>
    public Duration Interval { get; init; } = Duration.Batches(100);

    /// <summary>Exponent of the schedule; 1 makes it linear.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Exponent { get; init => field = Guard.Positive(value); } = 3;

    /// <summary>Lets a pruned weight come back when live ones shrink below it.</summary>
    public bool AllowRegrow { get; init; } = true;

    /// <summary>Share of a layer's former threshold in its new one; above 0 the sparsity lags behind the schedule.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double ThresholdDecay { get; init => field = Guard.Fraction(value); }

    /// <summary>
    /// Which weights are pruned together: <c>unstructured</c>; <c>4x1</c> for blocks of four outputs, which run faster, or other sides up to <c>64x64</c>; <c>filter</c> or <c>channel</c> for all weights of
    /// an output or an input.
    /// </summary>
    public BlockPattern Pattern { get; init; } = BlockPattern.Unstructured;

    /// <summary>Whether every layer loses the same share, or the smallest weights go wherever they are.</summary>
    public PruningAllocation Allocation { get; init; } = PruningAllocation.Uniform;

    /// <summary>
    /// Paths of layers pruned besides linear, convolution and recurrent ones, <c>*</c> standing for anything: embeddings, say, or the first convolution and depthwise ones, which are
    /// spared otherwise.
    /// </summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Paths of layers that are not pruned, <c>*</c> standing for anything.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <inheritdoc/>
    public override Phase Phase => Phase.Weight;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => weights.Select(weight => $"mask of {weight.Name}");

    /// <summary>The masks by parameter name: 1 where the weight is kept, 0 where it is pruned.</summary>
    public IReadOnlyDictionary<string, Tensor> Masks => weights.ToDictionary(weight => weight.Name, weight => weight.Mask);

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The pruning ends before it begins, or no parameter is to be pruned.</exception>
    public override void OnFitStart(Fit fit)
    {
        Clear();
        schedule = ScheduleOf(fit);
        foreach (var (name, value) in PrunableWeights.Of(fit.Subject.Model, Include, Exclude))
            weights.Add(new PrunedWeight(name, value));
        if (weights.Count == 0)
            throw new FrugalException("gradual-pruning finds nothing to prune: the network has no linear, convolution or recurrent kernel that is not excluded.");
    }

    /// <inheritdoc/>
    public override void OnBackward(Fit fit)
    {
        foreach (var weight in weights)
            weight.MaskGradient();
    }

    /// <inheritdoc/>
    public override void BeforeStep(Fit fit)
    {
        foreach (var weight in weights)
            weight.PutBackStored();
    }

    /// <inheritdoc/>
    public override void AfterStep(Fit fit)
    {
        long due = schedule!.DueBy(fit.Update);
        foreach (var weight in weights)
            weight.TakeStored();
        double? common = due > done && Allocation == PruningAllocation.Global ? CommonThreshold(schedule.At(fit.Update)) : null;
        foreach (var weight in weights)
        {
            if (due > done)
                weight.Prune(schedule.At(fit.Update), Pattern, AllowRegrow, ThresholdDecay, common);
            weight.ApplyMask();
            // An average made before this pruning must not keep alive what is pruned now.
            if (due > done && fit.Averages.TryGetValue(weight.Name, out var average))
                weight.ApplyMaskTo(average);
        }
        done = due;
    }

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit)
    {
        foreach (var weight in weights)
            weight.ApplyMask();
        Clear();
    }

    /// <inheritdoc/>
    public override MethodState Save()
    {
        var tensors = new Dictionary<string, Tensor>();
        var numbers = new Dictionary<string, double> { ["done"] = done };
        foreach (var weight in weights)
        {
            tensors[$"stored.{weight.Name}"] = weight.Stored;
            tensors[$"mask.{weight.Name}"] = weight.Mask;
            numbers[$"threshold.{weight.Name}"] = weight.Threshold;
        }
        return new(tensors, numbers);
    }

    /// <inheritdoc/>
    public override void Load(MethodState state)
    {
        done = (long)state.Numbers["done"];
        foreach (var weight in weights)
            weight.Load(state.Tensors[$"stored.{weight.Name}"], state.Tensors[$"mask.{weight.Name}"], state.Numbers[$"threshold.{weight.Name}"]);
    }

    private double CommonThreshold(double sparsity)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        return MagnitudeMask.GlobalThreshold([.. weights.Select(weight => weight.Judged(AllowRegrow))], sparsity, Pattern);
    }

    private SparsitySchedule ScheduleOf(Fit fit)
    {
        long begin = Begin.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates), end = End.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates);
        if (end < begin)
            throw new FrugalException($"gradual-pruning ends at update {end} (end: {End}) but begins at update {begin} (begin: {Begin}); end must not be earlier.");
        if (begin >= fit.TotalUpdates)
            throw new FrugalException($"gradual-pruning begins at update {begin} (begin: {Begin}), but the training has {fit.TotalUpdates} updates only.");
        return new(InitialSparsity, FinalSparsity, begin, Math.Min(end, fit.TotalUpdates - 1), Math.Max(1, Interval.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates)), Exponent);
    }

    private void Clear()
    {
        weights.ForEach(weight => weight.Dispose());
        weights.Clear();
        done = 0;
    }
}
