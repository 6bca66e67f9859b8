using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>Adam's two moments, which LAMB shares.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Eps">Added to the root of the second moment, outside the root.</param>
internal readonly record struct AdamMoments(double Beta1, double Beta2, double Eps)
{
    /// <summary>PyTorch's names, in the order in which <see cref="Update"/> expects them.</summary>
    public static readonly string[] Names = ["exp_avg", "exp_avg_sq"];

    /// <summary>Takes a gradient into the moments.</summary>
    /// <param name="slot">The parameter.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="gradientShare">Weight of the gradient in the first moment: <c>1 - beta1</c>, or 1 without averaging.</param>
    /// <returns>The direction of the update: the first moment itself.</returns>
    public Tensor Update(Slot slot, Tensor gradient, double gradientShare)
    {
        var direction = slot.FromZero(0).mul_(Beta1).add_(gradient, alpha: gradientShare);
        slot.FromZero(1).mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        return direction;
    }

    /// <summary>
    /// Takes a gradient into the moments of a masked parameter (Huang et al. 2024, AST, arXiv 2407.20584): the decay of masked entries joins the direction beside the first moment, and the second moment
    /// follows the direction rather than the gradient, as in the paper's code.
    /// </summary>
    /// <returns>The direction of the update, a new tensor.</returns>
    public Tensor UpdateMasked(Slot slot, Tensor gradient, MaskedDecay masked)
    {
        var direction = slot.FromZero(0).mul_(Beta1).add_(gradient, alpha: 1 - Beta1) + (1 - masked.Mask) * slot.Value * masked.Strength;
        slot.FromZero(1).mul_(Beta2).addcmul_(direction, direction, 1 - Beta2);
        return direction;
    }

    /// <summary>What Adam divides by: <c>sqrt(v / correction) + eps</c>; a new tensor.</summary>
    public Tensor Denominator(Slot slot, double correction2)
    {
        var root = slot.FromZero(1).sqrt();
        if (correction2 != 1)
            root.div_(Math.Sqrt(correction2));
        return root.add_(Eps);
    }

    /// <summary>Bias corrections <c>1 - beta^t</c> of both moments after the parameter's own number of updates.</summary>
    public (double First, double Second) Corrections(Slot slot) => (1 - Math.Pow(Beta1, slot.Steps), 1 - Math.Pow(Beta2, slot.Steps));
}
