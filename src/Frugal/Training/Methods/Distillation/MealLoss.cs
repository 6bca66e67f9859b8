using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>The loss of MEAL V2: soft labels, and a discriminator on raw logits.</summary>
internal static class MealLoss
{
    /// <summary>Both terms for logits <c>[batch, classes]</c>.</summary>
    /// <param name="studentLogits">The student's.</param>
    /// <param name="answer">The teachers' answer to the same inputs.</param>
    /// <param name="discriminator">The discriminator, or null for none.</param>
    /// <param name="gradientFactor">Factor on the discriminator's gradient where it enters the student: 1 for joint training, negative to turn it round.</param>
    public static (Tensor Similarity, Tensor? Discrimination) Of(Tensor studentLogits, TeacherAnswer answer, Discriminator? discriminator, double gradientFactor)
    {
        var similarity = DistillationMath.SimilarityLoss(studentLogits, answer.SoftLabel);
        return (similarity, discriminator?.Loss(WithGradientTimes(studentLogits, gradientFactor), answer.MeanLogits));
    }

    // The values are the logits' own, to the bit; only the gradient is multiplied on its way back.
    private static Tensor WithGradientTimes(Tensor logits, double factor) => factor == 1 ? logits : logits.detach() + factor * (logits - logits.detach());
}
