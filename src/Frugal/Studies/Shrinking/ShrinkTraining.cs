using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Distillation;
using Frugal.Training.Optimizers;
using Frugal.Training.Schedules;

namespace Frugal.Studies.Shrinking;

/// <summary>How networks are trained while they are made smaller: every stack may do the same.</summary>
public sealed record ShrinkTraining
{
    /// <summary>Passes over the training data that a stack has in all.</summary>
    public double Epochs { get; init => field = Guard.Positive(value); } = 2;

    /// <summary>Examples in an update.</summary>
    public int BatchSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <summary>Peak learning rate of a network with fresh weights.</summary>
    public double Lr { get; init => field = Guard.Positive(value); } = 1e-3;

    /// <summary>Training from fresh weights.</summary>
    public Train Fresh(double epochs) => Of(epochs, Lr, []);

    /// <summary>Training that repairs what a step has taken, with the original as its teacher.</summary>
    /// <param name="share">Share of the epochs.</param>
    /// <param name="more">Methods besides.</param>
    public Train Repair(double share = 1, params TrainingMethod[] more) =>
        Of(Epochs * share, Lr / 2, [new KnowledgeDistillation { Teacher = new TeacherArm { Name = ShrinkRun.Original } }, .. more]);

    private Train Of(double epochs, double rate, IReadOnlyList<TrainingMethod> methods) =>
        new() { Epochs = epochs, BatchSize = BatchSize, Optimizer = new AdamW { Lr = rate }, Schedule = new Cosine { WarmUp = 0.05 }, Methods = methods };
}
