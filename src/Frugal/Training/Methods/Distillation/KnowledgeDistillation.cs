using Frugal.Catalogue;
using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Distillation;

/// <summary>
/// Trains a student to follow a teacher: by its logits (Hinton et al., 2015, arXiv 1503.02531), by what its layers give out, by where they are active, or by several of these. Combines with
/// every method that changes the student; the teacher never changes.
/// </summary>
[Entry("distillation")]
[Capabilities(CombinesWith = ["gradual-pruning", "mix", "low-rank", "monarch", "channel-pruning", "train"])]
public sealed class KnowledgeDistillation : TrainingMethod
{
    private readonly List<ObservedTerm> observed = [];
    private FrozenModel? network;
    private Module? adapters;
    private Tensor? logits;

    /// <summary>The trained network to follow; it must have the student's classes.</summary>
    public required Teacher Teacher { get; init; }

    /// <summary>Factor on the loss of the labels; 0 leaves them out.</summary>
    [Range(0, double.PositiveInfinity)]
    public double HardWeight { get; init => field = Guard.NotNegative(value); } = 0.1;

    /// <summary>What of the teacher is followed.</summary>
    public IReadOnlyList<DistillationTerm> Terms { get; init; } = [new LogitTerm()];

    /// <inheritdoc/>
    public override Phase Phase => Phase.Loss;

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => [Teacher];

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => ["weight of the labels in the loss"];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">There is no such teacher, or it sees other images or has other classes.</exception>
    public override void OnPrepare(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        network = Teacher.Open(subject);
        network.RequireFits(subject.Model);
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">Layers of student and teacher do not pair off or cannot be compared.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        using var generator = fit.TorchRandomAt("distillation");
        foreach (var term in Terms)
            observed.Add(new ObservedTerm(term, fit.Subject, network!, generator));
        adapters = ModuleDict(observed.SelectMany((term, i) => term.Adapters.Select(each => ($"{i}-{each.Position}", (Module)each.Adapter))).ToArray());
        fit.Adopt("distillation", adapters);
    }

    /// <inheritdoc/>
    public override void OnForward(Fit fit, Tensor outputs) => logits = outputs;

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(fit);
        using var scope = NewDisposeScope();
        var teacherLogits = network!.Ask(fit.Part.Inputs);
        var total = HardWeight > 0 ? loss * HardWeight : zeros_like(loss);
        foreach (var term in observed)
            total = total + term.Loss(logits!, teacherLogits);
        loss = total.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Release()
    {
        observed.ForEach(term => term.Dispose());
        observed.Clear();
        network?.Dispose();
        (network, adapters, logits) = (null, null, null);
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.Of(adapters!);

    /// <inheritdoc/>
    public override void Load(MethodState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.CopyTo(adapters!);
    }
}
