using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Models.Text;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Experts;

/// <summary>
/// Trains a model that <c>read-me</c> cut, in rounds (Cai et al. 2024, Read-ME): for some updates the router learns which expert holds the units that the dense network uses for a token, then everything else learns
/// the task. The dense network is asked, and stays as it is. The method sets the learning rate; the loss of a router's update is that of its targets, summed over the layers.
/// </summary>
[Entry("routing-distillation", Paper = "read-me")]
[Capabilities(WorksOn = ["PreGatingRouter"], CombinesWith = ["read-me"])]
public sealed class RoutingDistillation : TrainingMethod
{
    private FrozenModel? dense;
    private HiddenUnits? units;
    private PreGatingRouter? router;
    private IReadOnlyList<(Tensor Private, Tensor All)> masks = [];

    /// <summary>The dense network; the model as it was before <c>read-me</c> when not given.</summary>
    public Teacher Teacher { get; init; } = new TeacherBefore { Step = "read-me" };

    /// <summary>Updates of the router in a round.</summary>
    [Range(1, 1_000_000_000)]
    public int RouterUpdates { get; init => field = Guard.Between(value, 1, 1_000_000_000); } = 100;

    /// <summary>Updates of everything else in a round; 0 trains the router alone.</summary>
    [Range(0, 1_000_000_000)]
    public int ExpertUpdates { get; init => field = Guard.Between(value, 0, 1_000_000_000); } = 200;

    /// <summary>Learning rate of the router's updates, from which it falls along half a cosine.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double RouterLr { get; init => field = Guard.Positive(value); } = 5e-4;

    /// <summary>Learning rate of the other updates, from which it falls along half a cosine.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double ExpertLr { get; init => field = Guard.Positive(value); } = 5e-5;

    /// <summary>Factor on both rates from each round to the next.</summary>
    [Range(0, 1, AboveLow = true)]
    public double RoundDecay { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.8;

    /// <summary>What the router is taught from.</summary>
    public RoutingTarget Target { get; init; } = RoutingTarget.Graded;

    /// <summary>Weight of the hard labels, α; of graded targets.</summary>
    [Range(0, 1)]
    public double Alpha { get; init => field = Guard.Between(value, 0, 1); } = 0.75;

    /// <summary>Smoothing of the hard labels; of graded targets.</summary>
    [Range(0, 1)]
    public double LabelSmoothing { get; init => field = Guard.Between(value, 0, 1); } = 0.5;

    /// <summary>What logits and targets are divided by in the soft part; of graded targets.</summary>
    [Range(0, 1e6, AboveLow = true)]
    public double Temperature { get; init => field = Guard.Positive(Guard.Between(value, 0, 1e6)); } = 1;

    /// <summary>Factor that sharpens the matches; of graded targets.</summary>
    [Range(0, 1e6)]
    public double Gain { get; init => field = Guard.Between(value, 0, 1e6); } = 10;

    /// <inheritdoc/>
    public override Phase Phase => Phase.Loss;

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => [Teacher];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no router that decides before it runs, there is no such teacher, or it is not what the experts were cut from.</exception>
    public override void OnPrepare(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        router = (subject.Model as TextModel)?.PreGating
            ?? throw new FrugalException($"routing-distillation finds no router in {subject.Model.GetName()} that decides before the layers run; read-me puts one in.");
        dense = Teacher.Open(subject);
        dense.RequireFits(subject.Model);
        var all = FeedForwardBlock.In(dense.Model);
        var blocks = LayerSelection.All.Of<MixtureOfExperts>(subject.Model).Where(layer => layer.Layer.Router is PreGatedRouter).Select(layer => BlockOf(all, layer.Path)).ToList();
        var found = blocks.Select(block => block.HiddenDim).ToList();
        if (!found.SequenceEqual(router.HiddenDims ?? []))
            throw new FrugalException($"The teacher's blocks have {string.Join(", ", found)} hidden units, and the experts were cut from {string.Join(", ", router.HiddenDims ?? [])}: the teacher must be the model before read-me.");
        units = HiddenUnits.Of(blocks);
        masks = [.. blocks.Select((_, i) => Kept(router.UnitsOf(i)))];
    }

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (!At(fit.Update).IsRouter)
            return;
        using var scope = NewDisposeScope();
        var logits = router!.call(fit.Part.Inputs);
        dense!.Ask(fit.Part.Inputs).Dispose();
        loss = units!.Take(scope).Select((feature, i) => LossOf(logits, feature, masks[i])).Aggregate((sum, part) => sum + part).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void BeforeStep(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        var (round, isRouter, share) = At(fit.Update);
        fit.LearningRate = (isRouter ? RouterLr : ExpertLr) * Math.Pow(RoundDecay, round) * 0.5 * (1 + Math.Cos(Math.PI * share));
    }

    /// <inheritdoc/>
    public override void Release()
    {
        units?.Dispose();
        dense?.Dispose();
        foreach (var (own, all) in masks)
        {
            own.Dispose();
            all.Dispose();
        }
        (units, dense, router, masks) = (null, null, null, []);
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }

    // Where an update stands: its round, whose turn it is, and what share of that turn is over.
    private (long Round, bool IsRouter, double Share) At(long update)
    {
        var (round, within) = Math.DivRem(update, RouterUpdates + (long)ExpertUpdates);
        return within < RouterUpdates ? (round, true, within / (double)RouterUpdates) : (round, false, (within - RouterUpdates) / (double)ExpertUpdates);
    }

    private Tensor LossOf(Tensor logits, Tensor feature, (Tensor Private, Tensor All) own) => Target == RoutingTarget.Graded
        ? RoutingTargets.Loss(logits, RoutingTargets.Matches(feature, own.Private, Gain), Alpha, LabelSmoothing, Temperature)
        : RoutingTargets.Divergence(logits, RoutingTargets.Overlap(feature, own.All));

    private static FeedForwardBlock BlockOf(IReadOnlyList<FeedForwardBlock> blocks, string path) => blocks.FirstOrDefault(block => path == block.Path || path == $"{block.Path}.moe")
        ?? throw new FrugalException($"The teacher has no feed-forward block '{path}', which experts were cut from: it must be the model before read-me.");

    private static (Tensor Private, Tensor All) Kept(ExpertMasks masks)
    {
        using var scope = NewDisposeScope();
        return (masks.Private.DetachFromDisposeScope(), masks.Masks.clone().DetachFromDisposeScope());
    }
}
