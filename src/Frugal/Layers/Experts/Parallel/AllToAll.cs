using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>
/// The exchange by which tokens reach experts that stand on other devices, with all devices in one tensor (Rajbhandari et al. 2022, section 5.2). Axes: <c>r</c> ranks, <c>e</c> all experts, <c>l</c> experts of a rank
/// (e = r · l), <c>c</c> slots, <c>m</c> width.
/// </summary>
public static class AllToAll
{
    /// <summary>Block j of each rank goes to rank j: <c>[r, e, c, m]</c>, by where rows come from, to <c>[r, r, l, c, m]</c>, by where they are then, and after that by where they come from.</summary>
    /// <param name="dispatched">What each rank has for all experts.</param>
    /// <exception cref="FrugalException">The ranks do not divide the experts.</exception>
    public static Tensor Send(Tensor dispatched)
    {
        using var scope = NewDisposeScope();
        return ByRank(dispatched).transpose(0, 1).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The way back: <c>[r, r, l, c, m]</c> to <c>[r, e, c, m]</c>.</summary>
    /// <param name="held">What each rank has of its own experts, by where rows came from.</param>
    public static Tensor Return(Tensor held)
    {
        ArgumentNullException.ThrowIfNull(held);
        using var scope = NewDisposeScope();
        return held.transpose(0, 1).contiguous().flatten(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same in two exchanges, within nodes and then between ranks of equal place in their nodes: fewer and larger messages, of twice the volume. What a rank has between the two is contiguous for each node.
    /// </summary>
    /// <param name="dispatched"><c>[r, e, c, m]</c>.</param>
    /// <param name="nodeSize">Ranks of a node, g; it divides the ranks.</param>
    /// <returns>Between the exchanges <c>[r, g, r / g, l, c, m]</c>: by source within the node, then by node of destination; and what <see cref="Send"/> gives.</returns>
    /// <exception cref="FrugalException">Nodes do not divide the ranks, or ranks the experts.</exception>
    public static (Tensor WithinNodes, Tensor Result) SendByNodes(Tensor dispatched, long nodeSize)
    {
        ArgumentNullException.ThrowIfNull(dispatched);
        long ranks = dispatched.shape[0];
        if (nodeSize < 1 || ranks % nodeSize != 0)
            throw new FrugalException($"{ranks} ranks do not make whole nodes of {nodeSize}");
        using var scope = NewDisposeScope();
        long nodes = ranks / nodeSize;
        var blocks = ByRank(dispatched);
        long[] row = blocks.shape[2..];
        // [node, source, node of destination, destination, …] to [node, destination, source, node of destination, …]: rank (node, destination) has it now.
        var within = blocks.view([nodes, nodeSize, nodes, nodeSize, .. row]).permute(0, 3, 1, 2, 4, 5, 6).contiguous();
        var result = within.permute(3, 1, 0, 2, 4, 5, 6).contiguous().view([ranks, ranks, .. row]);
        return (within.view([ranks, nodeSize, nodes, .. row]).MoveToOuterDisposeScope(), result.MoveToOuterDisposeScope());
    }

    // [source, destination, experts of a rank, slots, width]
    private static Tensor ByRank(Tensor dispatched)
    {
        ArgumentNullException.ThrowIfNull(dispatched);
        if (dispatched.dim() != 4)
            throw new FrugalException($"An exchange takes [ranks, experts, slots, dim] and got [{string.Join(", ", dispatched.shape)}]");
        long ranks = dispatched.shape[0], experts = dispatched.shape[1];
        return experts % ranks == 0
            ? dispatched.contiguous().view(ranks, ranks, experts / ranks, dispatched.shape[2], dispatched.shape[3])
            : throw new FrugalException($"{ranks} ranks do not divide {experts} experts evenly");
    }
}
