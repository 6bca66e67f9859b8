using Frugal.Catalogue;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>
/// Improves a trained network by the soft labels of an ensemble of teachers alone, with a small discriminator on the logits as a regulariser (Shen and Savvides, 2020, arXiv 2009.08453). The
/// labels of the data are not used. Train with SGD without weight decay, from a well-trained student.
/// </summary>
/// <remarks>
/// The discriminator is updated by the training's own optimiser together with the student, at the student's rate, as the authors' schedule has it in the end.
/// </remarks>
[Entry("meal-v2", Paper = "meal-v2")]
[Capabilities(CombinesWith = ["mix", "gradual-pruning", "low-rank", "monarch", "channel-pruning", "train"])]
public sealed class MealV2 : TrainingMethod
{
    private const int UsualReduction = 8;
    private TeacherEnsemble? ensemble;
    private Discriminator? discriminator;
    private TeacherAnswer? stored;
    private Tensor? logits;

    /// <summary>The trained networks to follow, one or more; each must have the student's classes.</summary>
    public required IReadOnlyList<Teacher> Teachers
    {
        get;
        init => field = value is { Count: > 0 } ? value : throw new ArgumentException("Teachers must name at least one teacher", nameof(Teachers));
    }

    /// <summary>What the discriminator's loss does to the student.</summary>
    public DiscriminatorMode Discriminator { get; init; } = DiscriminatorMode.Joint;

    /// <summary>Factor λ on the discriminator's gradient where it enters the student; the discriminator itself learns at any factor.</summary>
    [Range(0, double.PositiveInfinity)]
    public double DiscriminatorWeight { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Factor on the learning rate of the discriminator.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double DiscriminatorRate { get; init => field = Guard.Positive(value); } = 1;

    /// <summary>
    /// How many times narrower each of the discriminator's two hidden layers is than the layer before it, K_r; null takes the paper's 8, or the largest that leaves a unit where there are fewer
    /// than 64 classes.
    /// </summary>
    [Range(1, 1024)]
    public int? Reduction { get; init => field = value is { } reduction ? Guard.Between(reduction, 1, 1024) : null; }

    /// <summary>Asks the teachers once for every example instead of at every update; for training without augmentation.</summary>
    public bool Offline { get; init; }

    /// <inheritdoc/>
    public override Phase Phase => Phase.Loss;

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => Teachers;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => ["weight of the labels in the loss"];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">A teacher is not there, sees other images, or has other classes.</exception>
    public override void OnPrepare(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ensemble = TeacherEnsemble.Open(Teachers, subject);
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The reduction leaves no unit, or answers are to be stored while the images change.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (Offline)
            Store(fit);
        if (Discriminator == DiscriminatorMode.Off)
            return;
        int classes = fit.Subject.Model.NumClasses;
        using var generator = fit.TorchRandomAt("meal-v2");
        var judge = new Discriminator(classes, Reduction ?? Math.Clamp(Distillation.Discriminator.LargestReduction(classes), 1, UsualReduction), generator);
        discriminator = judge.to(fit.Subject.Device);
        fit.Adopt("meal-v2", discriminator, DiscriminatorRate);
    }

    /// <inheritdoc/>
    public override void OnForward(Fit fit, Tensor outputs) => logits = outputs;

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(fit);
        using var scope = NewDisposeScope();
        var answer = stored?.Rows(fit.Part.Indices) ?? ensemble!.Ask(fit.Part.Inputs);
        double factor = Discriminator == DiscriminatorMode.Reversal ? -DiscriminatorWeight : DiscriminatorWeight;
        var (similarity, discrimination) = MealLoss.Of(logits!, answer, discriminator, factor);
        loss = (discrimination is null ? similarity : similarity + discrimination).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Release()
    {
        stored?.SoftLabel.Dispose();
        stored?.MeanLogits.Dispose();
        discriminator?.Dispose();
        ensemble?.Dispose();
        (ensemble, discriminator, stored, logits) = (null, null, null, null);
    }

    /// <inheritdoc/>
    public override MethodState Save() => discriminator is null ? MethodState.None : MethodState.Of(discriminator);

    /// <inheritdoc/>
    public override void Load(MethodState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (discriminator is not null)
            state.CopyTo(discriminator);
    }

    private void Store(Fit fit)
    {
        string? changes = fit.Options.Augment.Count > 0 ? "augment" : fit.Options.RandomErasing is not null ? "random-erasing"
            : fit.Options.Methods.FirstOrDefault(method => method.Phase == Phase.Data) is { } method ? EntryName.Of(method) : null;
        if (changes is not null)
            throw new FrugalException($"meal-v2 with offline asks the teachers once for each image, but {changes} changes the images at every update; leave out one of the two.");
        stored = ensemble!.AskAll(fit.Examples, fit.Subject.Device);
    }
}
