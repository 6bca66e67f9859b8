using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Distillation;

/// <summary>How far a student is from its teachers. Logits are <c>[batch, classes]</c>; no gradient is meant to reach the teachers.</summary>
public static class DistillationMath
{
    /// <summary>The mean of the probabilities of several teachers, <c>[batch, classes]</c>: not the probabilities of the mean.</summary>
    /// <param name="teacherLogits"><c>[teachers, batch, classes]</c>.</param>
    public static Tensor SoftLabel(Tensor teacherLogits)
    {
        ArgumentNullException.ThrowIfNull(teacherLogits);
        return functional.softmax(teacherLogits, -1).mean([0]);
    }

    /// <summary>Cross entropy of the student under soft labels, mean over the batch: the divergence from them plus their entropy, which has no gradient.</summary>
    public static Tensor SimilarityLoss(Tensor studentLogits, Tensor softLabel) => (softLabel * functional.log_softmax(studentLogits, -1)).sum(-1).mean().neg();

    /// <summary>
    /// <c>T² KL(softmax(teacher / T) ‖ softmax(student / T))</c>, mean over the batch (Hinton et al., 2015, arXiv 1503.02531): the factor keeps the size of the gradient as T grows.
    /// </summary>
    /// <param name="studentLogits">The student's logits.</param>
    /// <param name="teacherLogits">The teacher's logits.</param>
    /// <param name="temperature">T, above 0.</param>
    public static Tensor Divergence(Tensor studentLogits, Tensor teacherLogits, double temperature)
    {
        var teacher = functional.log_softmax(teacherLogits / temperature, -1);
        var student = functional.log_softmax(studentLogits / temperature, -1);
        return (teacher.exp() * (teacher - student)).sum(-1).mean() * (temperature * temperature);
    }

    /// <summary>
    /// Where a layer is active: the mean over channels of <c>|a|^power</c>, as a vector of length 1 for each example, <c>[batch, positions]</c> (Zagoruyko and Komodakis, 2016, arXiv 1612.03928).
    /// </summary>
    /// <param name="activations"><c>[batch, channels, height, width]</c> or <c>[batch, tokens, channels]</c>.</param>
    /// <param name="power">2 in the paper.</param>
    public static Tensor AttentionMap(Tensor activations, double power)
    {
        ArgumentNullException.ThrowIfNull(activations);
        var map = activations.abs().pow(power).mean([activations.dim() == 4 ? 1 : -1]).flatten(1);
        return functional.normalize(map, p: 2, dim: 1);
    }
}
