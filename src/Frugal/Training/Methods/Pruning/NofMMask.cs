using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>Masks that keep N of every M neighbouring inputs of an output: those of the largest score.</summary>
public static class NofMMask
{
    /// <summary>How much a weight counts: its magnitude, times the size of the input that it weighs where that is given (Sun et al. 2023, Wanda, arXiv 2306.11695).</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="squaredNorms">Mean squared norm of each input over examples, <c>[in]</c>, or null to go by magnitude alone.</param>
    public static Tensor Scores(Tensor weight, Tensor? squaredNorms)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        var magnitude = weight.detach().abs();
        return (squaredNorms is null ? magnitude : magnitude * squaredNorms.to(weight.dtype).sqrt()).MoveToOuterDisposeScope();
    }

    /// <summary>1 where a weight is kept, 0 elsewhere, in the shape and type of the scores. Of equal scores the one of the lower input is kept.</summary>
    /// <param name="scores"><c>[out, in]</c>.</param>
    /// <param name="pattern">How many of how many are kept; its groups must divide the inputs.</param>
    /// <exception cref="ArgumentException">They do not.</exception>
    public static Tensor Of(Tensor scores, NofMPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.dim() != 2 || scores.shape[1] % pattern.Group != 0)
            throw new ArgumentException($"scores of shape [{string.Join(", ", scores.shape)}] have no groups of {pattern.Group} inputs", nameof(scores));
        using var scope = NewDisposeScope();
        var groups = scores.detach().reshape(scores.shape[0], -1, pattern.Group);
        var order = groups.sort(-1, descending: true, stable: true).Indices.narrow(-1, 0, pattern.Kept);
        return zeros_like(groups).scatter_(-1, order, ones_like(groups)).reshape(scores.shape).MoveToOuterDisposeScope();
    }
}
