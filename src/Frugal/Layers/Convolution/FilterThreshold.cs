using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Importance of a convolution's filters, and masks by a threshold that can be learned (layer adaptive progressive pruning, Zhai et al. 2023, arXiv 2309.14157).</summary>
public static class FilterThreshold
{
    /// <summary>
    /// Norm of each filter <c>[out]</c>, relative to their root mean square: <c>s_j = ‖W_j‖ √out / ‖W‖</c>. Does not change when the weights are multiplied by a number, so that one scale of thresholds
    /// fits all layers.
    /// </summary>
    /// <param name="weight"><c>[out, in, height, width]</c>.</param>
    public static Tensor Scores(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        var squares = weight.flatten(1).square().sum(1);
        return (squares / squares.mean()).sqrt();
    }

    /// <summary>1 where the score reaches the threshold, 0 elsewhere; its gradient is that of <c>σ(κ (s - τ))</c>.</summary>
    /// <param name="scores">Scores <c>[out]</c>.</param>
    /// <param name="threshold">The threshold τ, a number.</param>
    /// <param name="kappa">Steepness κ of the stand-in that is differentiated.</param>
    public static Tensor Mask(Tensor scores, Tensor threshold, double kappa)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(threshold);
        var soft = functional.sigmoid((scores - threshold) * kappa);
        return scores.detach().ge(threshold.detach()).to(scores.dtype) + (soft - soft.detach());
    }
}
