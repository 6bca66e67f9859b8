using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// The structured addition to a sparse weight (Huang et al. 2024, "Pruning Large Language Models with Semi-Structural Adaptive Sparse Training", arXiv 2407.20584, SLoRB): <c>S P</c> with
/// <c>P</c> summing groups of neighbouring inputs.
/// </summary>
public static class SlorbMath
{
    /// <summary>P, <c>[inFeatures / group, inFeatures]</c>: 1 where an input belongs to a group, else 0.</summary>
    /// <param name="inFeatures">Number of inputs.</param>
    /// <param name="group">Neighbouring inputs in a group, k; it must divide them.</param>
    public static Tensor Projection(long inFeatures, long group)
    {
        RequireDivides(inFeatures, group);
        using var scope = NewDisposeScope();
        return eye(inFeatures / group).repeat_interleave(group, 1).MoveToOuterDisposeScope();
    }

    /// <summary>S, <c>[out, inFeatures / group]</c>, from the weights that a mask takes away.</summary>
    /// <param name="weight">The dense weight, <c>[out, inFeatures]</c>.</param>
    /// <param name="mask">1 where it is kept, 0 where not.</param>
    /// <param name="group">Neighbouring inputs in a group, k; it must divide them.</param>
    /// <param name="start">How the weights of a group are taken together.</param>
    public static Tensor Start(Tensor weight, Tensor mask, long group, SlorbStart start)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(mask);
        RequireDivides(weight.shape[1], group);
        using var scope = NewDisposeScope();
        var taken = (weight.detach() * (1 - mask)).reshape(weight.shape[0], -1, group);
        return (start switch
        {
            SlorbStart.Mean => taken.mean([-1]),
            SlorbStart.Sum => taken.sum(-1),
            _ => zeros_like(taken.sum(-1)),
        }).MoveToOuterDisposeScope();
    }

    internal static void RequireDivides(long inFeatures, long group)
    {
        if (group < 1 || inFeatures % group != 0)
            throw new ArgumentOutOfRangeException(nameof(group), group, $"a group of inputs must divide their number, which is {inFeatures}");
    }
}
