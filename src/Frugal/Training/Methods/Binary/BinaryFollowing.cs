using Frugal.Layers;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Training.Methods.Distillation;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Binary;

/// <summary>Compares a binary network with its teacher, forward pass by forward pass.</summary>
internal sealed class BinaryFollowing : IDisposable
{
    private readonly FrozenModel teacher;
    private readonly LayerOutputs hidden, hiddenOfTeacher;
    private readonly LayerOutputs? answer, answerOfTeacher;

    private readonly bool followsAnswers;

    private BinaryFollowing(Model student, FrozenModel teacher, bool followsHidden, bool followsAnswers)
    {
        (this.teacher, this.followsAnswers) = (teacher, followsAnswers);
        IReadOnlyList<string> own = followsHidden ? student.HiddenPaths : [], others = followsHidden ? teacher.Model.HiddenPaths : [];
        if (own.Count != others.Count)
            throw new FrugalException($"The student {student.GetName()} has {own.Count} hidden states and the teacher {teacher.Model.GetName()} {others.Count}; they must be as many.");
        (hidden, hiddenOfTeacher) = (new(student, own), new(teacher.Model, others));
        if (followsAnswers && student.JudgePath is { Length: > 0 } path)
            (answer, answerOfTeacher) = (new(student, [path]), new(teacher.Model, [path]));
    }

    /// <summary>Begins to observe both.</summary>
    /// <param name="student">The binary network.</param>
    /// <param name="teacher">The network to follow.</param>
    /// <param name="followsHidden">Whether hidden states are compared.</param>
    /// <param name="followsAnswers">Whether logits are.</param>
    /// <exception cref="FrugalException">The teacher has not the student's hidden states.</exception>
    public static BinaryFollowing Of(Model student, FrozenModel teacher, bool followsHidden = true, bool followsAnswers = true) => new(student, teacher, followsHidden, followsAnswers);

    /// <summary>The mean squared difference of hidden states, and the cross entropy of the logits of whole inputs; null for what is not followed, or where there are none.</summary>
    public (Tensor? Hidden, Tensor? Answers) Terms(Tensor logits, Tensor inputs, double temperature, DisposeScope scope)
    {
        var expected = teacher.Ask(inputs);
        var pairs = hidden.Take(scope).Zip(hiddenOfTeacher.Take(scope), (student, other) => functional.mse_loss(student, other)).ToList();
        var differences = pairs.Count > 0 ? stack(pairs).mean() : null;
        return !followsAnswers ? (differences, null)
            : answer is not null ? (differences, CrossEntropy(answer.Take(scope)[0], answerOfTeacher!.Take(scope)[0]))
            : logits.dim() == 2 ? (differences, CrossEntropy(logits, expected))
            : (differences, null);

        Tensor CrossEntropy(Tensor student, Tensor other) => DistillationMath.SimilarityLoss(student / temperature, functional.softmax(other / temperature, -1));
    }

    public void Dispose()
    {
        hidden.Dispose();
        hiddenOfTeacher.Dispose();
        answer?.Dispose();
        answerOfTeacher?.Dispose();
    }
}
