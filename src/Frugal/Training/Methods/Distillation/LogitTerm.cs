using Frugal.Catalogue;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Distillation;

/// <summary>Draws the student's logits to the teacher's (Hinton et al., 2015, arXiv 1503.02531).</summary>
[Entry("logits")]
public sealed class LogitTerm : DistillationTerm
{
    /// <inheritdoc/>
    [Range(0, double.PositiveInfinity)]
    public override double Weight { get; init => field = Guard.NotNegative(value); } = 0.9;

    /// <summary>Divides both networks' logits before the softmax; higher ones let small probabilities count. No part of the squared error.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Temperature { get; init => field = Guard.Positive(value); } = 4;

    /// <summary>How the logits are compared.</summary>
    public DistillationDistance Distance { get; init; } = DistillationDistance.Kl;

    /// <inheritdoc/>
    public override Tensor Loss(DistilledOutputs outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        return Distance == DistillationDistance.Mse
            ? functional.mse_loss(outputs.StudentLogits, outputs.TeacherLogits)
            : DistillationMath.Divergence(outputs.StudentLogits, outputs.TeacherLogits, Temperature);
    }
}
