using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>Masks that keep the largest weights of a tensor.</summary>
public static class MagnitudeMask
{
    /// <summary>Number of weights, or blocks, that a sparsity leaves: <c>count (1 - sparsity)</c>, rounded half to even, at least 1.</summary>
    public static long KeptCount(long count, double sparsity) => Math.Max(1, (long)Math.Round(count * (1 - sparsity), MidpointRounding.ToEven));

    /// <summary>The score of the last weight, or block, that is kept.</summary>
    /// <param name="weights"><c>[outputs, ...]</c>.</param>
    /// <param name="sparsity">Share to prune, 0 to 1.</param>
    /// <param name="pattern">What is pruned together.</param>
    public static double Threshold(Tensor weights, double sparsity, BlockPattern pattern)
    {
        using var scope = NewDisposeScope();
        var scores = pattern.Scores(weights.detach());
        long count = scores.numel();
        return scores.kthvalue(count - KeptCount(count, sparsity) + 1, 0, false).Item1.ToDouble();
    }

    /// <summary>The score of the last block that is kept when the smallest of all layers go; blocks count by their weights.</summary>
    /// <param name="layers">The weights of each layer.</param>
    /// <param name="sparsity">Share of all weights to prune, 0 to 1.</param>
    /// <param name="pattern">What is pruned together.</param>
    public static double GlobalThreshold(IReadOnlyList<Tensor> layers, double sparsity, BlockPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(layers);
        using var scope = NewDisposeScope();
        var scores = cat([.. layers.Select(layer => pattern.Scores(layer.detach()).to(float64))]);
        var sizes = cat([.. layers.Select(layer => pattern.Sizes(layer.detach()).to(float64))]);
        var (ordered, order) = scores.sort(0, descending: true);
        long kept = KeptCount((long)sizes.sum().ToDouble(), sparsity);
        // The block that fills the count is kept, so that never fewer remain than asked for.
        long last = sizes.index_select(0, order).cumsum(0).lt(kept).sum().ToInt64();
        return ordered[Math.Min(last, ordered.numel() - 1)].ToDouble();
    }

    /// <summary>
    /// 1 where the score reaches the threshold, 0 elsewhere, in the weights' shape and type. Ties at the threshold are all kept, so that never fewer remain than asked for.
    /// </summary>
    public static Tensor AtLeast(Tensor weights, double threshold, BlockPattern pattern)
    {
        using var scope = NewDisposeScope();
        var kept = pattern.Scores(weights.detach()).ge(threshold).to(weights.dtype);
        return pattern.Spread(kept, weights.shape).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The mask at a sparsity.</summary>
    public static Tensor Of(Tensor weights, double sparsity, BlockPattern pattern) =>
        AtLeast(weights, Threshold(weights, sparsity, pattern), pattern);
}
