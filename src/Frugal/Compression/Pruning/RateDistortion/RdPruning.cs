using Frugal.Catalogue;
using Frugal.Compression.Quantization;
using Frugal.Recipes;
using Frugal.Training.Methods.Pruning;
using static TorchSharp.torch;

namespace Frugal.Compression.Pruning;

/// <summary>
/// Sets the smallest weights to zero, in each layer as many as its effect on the network's outputs allows: measured distortion curves and a dynamic programme share the budget out (Xu et al. 2023,
/// arXiv 2308.10438). Biases and norms stay. Train on with <c>keep-zeros</c>; for several rounds write the step several times with training between.
/// </summary>
[Entry("rd-pruning", Paper = "rd-pruning")]
[Capabilities(WorksOn = ["Linear", "Conv1d", "Conv2d", "Conv3d"], NeedsData = true, CombinesWith = ["keep-zeros"], PackedForm = "sparse")]
public sealed class RdPruning : LayerStep
{
    private const double usualSparsity = 0.5;

    /// <summary>Share of the budget that goes, S; null to go by round, or 0.5 when no round is set either.</summary>
    [Range(0, 1)]
    [Shorthand]
    public double? Sparsity { get; init => field = value is { } share ? Guard.Between(share, 0, 1) : null; }

    /// <summary>Number r of this round, from 1, when a network is pruned little by little: <c>1 - (1 - p)^r</c> of the budget goes. Null to go by sparsity; only one of the two may be set.</summary>
    [Range(1, 1000)]
    public int? Round { get; init => field = value is { } round ? Guard.Between(round, 1, 1000) : null; }

    /// <summary>Share p of what is left that goes in every round.</summary>
    [Range(0, 1, AboveLow = true, BelowHigh = true)]
    public double PerRound { get; init => field = Guard.Positive(Guard.Fraction(value)); } = 0.2;

    /// <summary>Steps K of each layer's curve; the network runs over the calibration examples once a step and layer.</summary>
    [Range(1, 10_000)]
    public int Grid { get; init => field = Guard.Between(value, 1, 10_000); } = 100;

    /// <summary>Number of training examples that the outputs are measured on, without their labels.</summary>
    [Range(1, 1_000_000)]
    public int Calibration { get; init => field = Guard.Between(value, 1, 1_000_000); } = 1024;

    /// <summary>True to measure on standard normal numbers in place of training examples.</summary>
    public bool IsDataFree { get; init; }

    /// <summary>How the outputs' change is taken together over the examples.</summary>
    public DistortionForm Distortion { get; init; } = DistortionForm.Worst;

    /// <summary>What the budget counts: weights, or their multiply-adds.</summary>
    public PruningBudget Budget { get; init; } = PruningBudget.Weights;

    /// <summary>How the budget is shared out: by measured distortion, or as the plain methods do, for comparison on the same examples.</summary>
    public LayerAllocation Allocation { get; init; } = LayerAllocation.Distortion;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">Both sparsity and round are set, or no layer is chosen; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (Sparsity is not null && Round is not null)
            throw new FrugalException(FormattableString.Invariant($"rd-pruning goes by sparsity ({Sparsity}) or by round ({Round}); set one of them only"));
        double share = Round is { } round ? 1 - Math.Pow(1 - PerRound, round) : Sparsity ?? usualSparsity;
        using var scope = NewDisposeScope();
        var inputs = Inputs(subject);
        if (Allocation != LayerAllocation.Distortion)
        {
            using var outputs = new OutputDistortion(subject.Model, inputs, Distortion);
            ByMagnitude(share).Apply(subject);
            subject.Metrics["output-distortion"] = outputs.Measure();
            return subject;
        }
        var report = RateDistortionPruning.Prune(
            subject.Model, inputs, share, Grid, Distortion, Budget, Selection, text => subject.Report(new RunEvent.Note($"rd-pruning: {text}")));
        subject.Metrics["output-distortion"] = report.Distortion;
        subject.Metrics["foretold-distortion"] = report.Allocation.Distortion;
        return subject;
    }

    private MagnitudePruning ByMagnitude(double share)
    {
        if (share >= 1 || Budget != PruningBudget.Weights)
            throw new FrugalException("rd-pruning shares out multiply-adds, or all of the weights, by distortion only; take allocation: distortion");
        return new MagnitudePruning
        {
            Sparsity = share,
            Include = Include,
            Exclude = Exclude,
            Allocation = Allocation == LayerAllocation.Global ? PruningAllocation.Global : PruningAllocation.Uniform,
        };
    }

    private IReadOnlyList<Tensor> Inputs(Subject subject)
    {
        if (!IsDataFree)
            return [.. CalibrationExamples.Of(subject.Data.Train, Calibration, subject.Random).Select(batch => batch.to(subject.Device))];
        using var generator = subject.Random.TorchAt("rd-pruning", subject.History.Count);
        const int batch = 32;
        return [.. Enumerable.Range(0, (Calibration + batch - 1) / batch).Select(
            part => subject.Data.Info.RandomInputs(Math.Min(batch, Calibration - part * batch), subject.Device, generator))];
    }
}
