using Frugal.Catalogue;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>
/// Trains a shallower mixture of experts to follow a deeper one, and stops following before the end (Rajbhandari et al. 2022, "DeepSpeed-MoE", arXiv 2201.05596, section 4.2): a mixture of students. A student has
/// fewer weights than its teacher, and late in training both losses at once are more than it can fit.
/// </summary>
/// <remarks>The loss is that of the labels with those of the student's layers, plus <c>α τ² KL(softmax(teacher / τ) ‖ softmax(student / τ))</c>, mean over examples or tokens, up to a time; from there on the teacher is not asked.</remarks>
[Entry("staged-distillation", Paper = "deepspeed-moe")]
[Capabilities(WorksOn = ["MixtureOfExperts"], CombinesWith = ["pr-moe", "upcycle", "train"])]
public sealed class StagedDistillation : TrainingMethod
{
    private FrozenModel? network;
    private Tensor? logits;

    /// <summary>The trained network to follow; it must have the student's classes.</summary>
    public required Teacher Teacher { get; init; }

    /// <summary>When following ends; the paper's 400,000 of 572,000 updates.</summary>
    public Duration Until { get; init; } = 0.7;

    /// <summary>Factor on the divergence, α.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Weight { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Divides both networks' logits before the softmax, τ.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Temperature { get; init => field = Guard.Positive(value); } = 1;

    /// <inheritdoc/>
    public override Phase Phase => Phase.Loss;

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => [Teacher];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">There is no such teacher, or it sees other inputs or has other classes.</exception>
    public override void OnPrepare(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        network = Teacher.Open(subject);
        network.RequireFits(subject.Model);
    }

    /// <inheritdoc/>
    public override void OnForward(Fit fit, Tensor outputs) => logits = outputs;

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (fit.Update >= Until.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates))
            return;
        using var scope = NewDisposeScope();
        loss = (loss + Weight * DistillationMath.Divergence(logits!, network!.Ask(fit.Part.Inputs), Temperature)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Release()
    {
        network?.Dispose();
        (network, logits) = (null, null);
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}
