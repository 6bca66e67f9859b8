using Frugal.Catalogue;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Objectives;

/// <summary>Cross entropy between the softmax of the logits and the targets, mean over the batch.</summary>
/// <remarks>
/// Soft targets are taken as they are: whoever mixes targets smooths them there, with <see cref="Smoothing"/>, so that smoothing is never applied twice.
/// </remarks>
[Entry("cross-entropy")]
public sealed class CrossEntropy : Objective
{
    /// <summary>Label smoothing ε (Szegedy et al., 2015, arXiv 1512.00567): labels become <c>1 - ε + ε/classes</c> against <c>ε/classes</c>.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Smoothing { get; init => field = Guard.Fraction(value); }

    /// <inheritdoc/>
    public override Tensor Loss(Tensor outputs, Tensor targets)
    {
        bool soft = targets.is_floating_point();
        Expect(outputs.dim() == 2, outputs, targets);
        Expect(targets.dim() == (soft ? 2 : 1) && targets.shape[0] == outputs.shape[0] && (!soft || targets.shape[1] == outputs.shape[1]), outputs, targets);
        return functional.cross_entropy(outputs, targets, label_smoothing: soft ? 0 : Smoothing);
    }

    private static void Expect(bool fits, Tensor outputs, Tensor targets)
    {
        if (!fits)
            throw new FrugalException(
                $"Cross entropy needs logits [batch, classes] and labels [batch] or soft targets [batch, classes]; got [{string.Join(", ", outputs.shape)}] and [{string.Join(", ", targets.shape)}].");
    }
}
