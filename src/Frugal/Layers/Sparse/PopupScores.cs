using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Masks by scores that are learned (Mousavi et al. 2022, "DASS", arXiv 2207.06968, section 3.1): of each tensor the entries of largest score are kept, and gradients reach all scores as if the mask were
/// the size of the score itself.
/// </summary>
public static class PopupScores
{
    /// <summary>How many entries of a tensor stay: <c>n - ⌊(1 - k) n⌋</c>.</summary>
    /// <param name="count">Entries n of the tensor.</param>
    /// <param name="keepShare">Share k that is kept.</param>
    /// <param name="keepsOne">Keeps one entry where the share is less than that.</param>
    public static long NumKept(long count, double keepShare, bool keepsOne = true)
    {
        long kept = count - (long)((1 - keepShare) * count);
        return keepsOne ? Math.Max(1, kept) : kept;
    }

    /// <summary>1 where a score is among those of largest size, 0 elsewhere; of equal scores the last ones stay. Its gradient is that of the scores' size, also where the mask is 0.</summary>
    /// <param name="scores">Scores of any shape.</param>
    /// <param name="keepShare">Share that is kept.</param>
    /// <param name="keepsOne">Keeps one entry where the share is less than that.</param>
    public static Tensor Mask(Tensor scores, double keepShare, bool keepsOne = true)
    {
        ArgumentNullException.ThrowIfNull(scores);
        using var scope = NewDisposeScope();
        var size = scores.abs();
        var mask = ones_like(size).detach();
        long dropped = scores.numel() - NumKept(scores.numel(), keepShare, keepsOne);
        if (dropped > 0)
        {
            var ascending = size.detach().flatten().sort(dim: 0, descending: false, stable: true).Indices;
            mask.view(-1).index_fill_(0, ascending.narrow(0, 0, dropped), 0);
        }
        return (size.requires_grad ? mask + (size - size.detach()) : mask).MoveToOuterDisposeScope();
    }

    /// <summary>Scores from which the first mask is that of the largest weights: <c>√(6 / fan-in) W / max|W|</c>.</summary>
    /// <param name="weight"><c>[out, in, …]</c>.</param>
    public static Tensor Scaled(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        var own = weight.detach();
        double fanIn = (double)own.numel() / own.shape[0];
        return (own * (Math.Sqrt(6 / fanIn) / Math.Max(own.abs().max().ToDouble(), double.Epsilon))).MoveToOuterDisposeScope();
    }
}
