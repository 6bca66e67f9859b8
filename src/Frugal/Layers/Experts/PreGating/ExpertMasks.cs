using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>Which hidden units of a feed-forward block belong to which expert, from how active they are on the data of each domain (Cai et al. 2024, Read-ME, section 3.1).</summary>
/// <param name="Masks">1 for each unit of an expert, <c>[experts, hidden]</c>.</param>
public sealed record ExpertMasks(Tensor Masks)
{
    /// <summary>Units that all experts have, R, <c>[hidden]</c>.</summary>
    public Tensor Shared => Masks.prod(dim: 0);

    /// <summary>Units that an expert has besides, P, <c>[experts, hidden]</c>.</summary>
    public Tensor Private => Masks - Shared;

    /// <summary>The most active units of each domain.</summary>
    /// <param name="importance">Mean magnitude of what goes into the last layer, <c>[domains, hidden]</c>.</param>
    /// <param name="keepRate">Share of the units that an expert keeps, rounded down.</param>
    /// <param name="isStrict">True as in the authors' code: only units above the threshold, which leaves out the one that it is taken from.</param>
    /// <exception cref="ArgumentOutOfRangeException">No unit would be kept.</exception>
    public static ExpertMasks Of(Tensor importance, double keepRate = 0.5, bool isStrict = false)
    {
        ArgumentNullException.ThrowIfNull(importance);
        long hidden = importance.shape[1], kept = (long)Math.Floor(Guard.Between(keepRate, 0, 1, nameof(keepRate)) * hidden);
        Guard.AtLeast(kept, isStrict ? 2 : 1, nameof(keepRate));
        using var scope = NewDisposeScope();
        // A stable order leaves ties to the lowest number.
        var (sorted, order) = sort(importance, dim: 1, descending: true, stable: true);
        var masks = isStrict
            ? importance.gt(sorted.narrow(1, kept - 1, 1)).to(importance.dtype)
            : zeros_like(importance).scatter_(1, order.narrow(1, 0, kept), ones_like(importance));
        return new(masks.MoveToOuterDisposeScope());
    }

    /// <summary>Numbers of the units that a mask <c>[hidden]</c> chooses, ascending, <c>[n]</c>.</summary>
    public static Tensor Numbers(Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return mask.nonzero().squeeze(1);
    }

    /// <summary>Numbers of an expert's units, ascending, <c>[n]</c>.</summary>
    public Tensor Units(int expert) => Numbers(Masks[expert]);
}
