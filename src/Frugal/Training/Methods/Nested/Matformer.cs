using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Layers;
using Frugal.Recipes;
using Frugal.Training.Methods.Distillation;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Nested;

/// <summary>
/// Trains every prefix of the hidden units of the feed-forward blocks to be a feed-forward block itself (Devvrit et al. 2023, MatFormer, arXiv 2310.07707), so that the network can be shrunk afterwards by slicing
/// (<c>mix-n-match</c>), without further training.
/// </summary>
/// <remarks>
/// What does not run in an update has gradients of zero: weight decay and the optimiser's moments still act on it. Accuracy and loss while training are those of what ran: of the whole network under the joint objective.
/// </remarks>
[Entry("matformer", Paper = "matformer")]
[Capabilities(WorksOn = ["feed-forward block"], CombinesWith = ["mix-n-match", "distillation", "gradient-noise", "mix"])]
public sealed class Matformer : TrainingMethod
{
    private NestedBlocks? blocks;
    private int examples;

    /// <summary>Shares of the hidden units that are trained, ascending; the whole is always one of them.</summary>
    [Range(0, 1, AboveLow = true)]
    public IReadOnlyList<double> Granularities { get; init => field = NestedShares.Ascending(value); } = NestedWidths.Published;

    /// <summary>Which of them an update trains.</summary>
    [Shorthand]
    public NestedObjective Objective { get; init; } = NestedObjective.Sampled;

    /// <summary>What each granularity counts for: how probable it is to be drawn, or the factor of its loss; empty for all alike (1 each under the joint objective).</summary>
    [Range(0, 1e6)]
    public IReadOnlyList<double> Weights { get; init => field = [.. value.Select(each => Guard.Between(each, 0, 1e6, nameof(Weights)))]; } = [];

    /// <summary>Patterns over the paths of feed-forward blocks, <c>*</c> standing for anything; a block must match one of them.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Patterns of blocks that always run whole.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    // The other widths run when no other method waits for activations of the network any more.
    /// <inheritdoc/>
    public override Phase Phase => Phase.Loss;

    /// <inheritdoc/>
    public override Type? After => typeof(KnowledgeDistillation);

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => ["width of feed-forward blocks"];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no feed-forward block, a layer of one cannot be replaced, or there are not as many weights as granularities; the model is as before.</exception>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (Weights.Count > 0 && (Weights.Count != Granularities.Count || Weights.Sum() == 0))
            throw new FrugalException($"matformer has {Granularities.Count} granularities and {Weights.Count} weights: give one for each, not all of them 0, or none");
        blocks = NestedBlocks.Of(subject.Model, new(Include, Exclude));
    }

    /// <inheritdoc/>
    public override void OnBatch(Fit fit, ref Batch batch)
    {
        ArgumentNullException.ThrowIfNull(fit);
        examples = batch.Count;
        if (Objective == NestedObjective.Sampled)
            blocks!.Set(Granularities[Draw(fit.RandomAt("matformer").NextDouble())]);
    }

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (Objective == NestedObjective.Sampled)
            return;
        using var scope = NewDisposeScope();
        var total = loss * WeightOf(Granularities.Count - 1);
        for (int i = 0; i < Granularities.Count - 1; i++)
            if (WeightOf(i) is > 0 and var weight)
                total = total + weight * Pass(fit, Granularities[i], weight);
        blocks!.Set(1);
        loss = total.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(Fit fit) => blocks!.Set(1); // what is validated and saved is the whole network

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit) => Settle();

    /// <inheritdoc/>
    public override void Undo(Subject subject) => Settle();

    // The width of an update follows from its number.
    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }

    // Each width goes forward and backward by itself, so that memory is that of one; its loss counts as a number from then on.
    private Tensor Pass(Fit fit, double share, double weight)
    {
        using var scope = NewDisposeScope();
        blocks!.Set(share);
        var part = fit.Part;
        var rows = TargetRows.Of(fit.Subject.Data.Info.Targets, fit.Subject.Model.call(part.Inputs), part.Targets);
        var loss = fit.Options.Objective.Loss(rows.Logits, rows.Targets);
        (loss * (weight * part.Count / examples)).backward();
        return loss.detach().MoveToOuterDisposeScope();
    }

    private double WeightOf(int granularity) => Weights.Count == 0 ? 1 : Weights[granularity];

    private int Draw(double at)
    {
        at *= Enumerable.Range(0, Granularities.Count).Sum(WeightOf);
        for (int i = 0; i < Granularities.Count; i++)
        {
            at -= WeightOf(i);
            if (at < 0)
                return i;
        }
        return Granularities.Count - 1;
    }

    private void Settle()
    {
        blocks?.Dispose();
        blocks = null;
    }
}
