using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>What the hidden units of chosen feed-forward blocks give to their last layers, <c>[…, hidden]</c>, forward pass by forward pass.</summary>
internal sealed class HiddenUnits : IDisposable
{
    private readonly List<Action> removals = [];
    private readonly Tensor?[] seen;
    private readonly IReadOnlyList<FeedForwardBlock> blocks;

    private HiddenUnits(IReadOnlyList<FeedForwardBlock> blocks)
    {
        (this.blocks, seen) = (blocks, new Tensor?[blocks.Count]);
        foreach (var (i, block) in blocks.Index())
            removals.Add(block.Down.register_forward_pre_hook((_, input) =>
            {
                seen[i]?.Dispose();
                seen[i] = input.detach().DetachFromDisposeScope();
                return input;
            }).remove);
    }

    /// <summary>Begins to observe.</summary>
    public static HiddenUnits Of(IReadOnlyList<FeedForwardBlock> blocks) => new(blocks);

    /// <summary>Hands over what was seen in the last pass, in the order of the blocks.</summary>
    /// <param name="scope">The dispose scope that it belongs to from then on.</param>
    /// <exception cref="FrugalException">A block did not run.</exception>
    public IReadOnlyList<Tensor> Take(DisposeScope scope)
    {
        var taken = seen.Select((units, i) => units ?? throw new FrugalException($"The block '{blocks[i].Path}' did not run in the forward pass, so its units were not seen.")).ToList();
        taken.ForEach(scope.Attach);
        Array.Clear(seen);
        return taken;
    }

    /// <summary>Ends the observation.</summary>
    public void Dispose()
    {
        removals.ForEach(remove => remove());
        removals.Clear();
        foreach (var units in seen)
            units?.Dispose();
        Array.Clear(seen);
    }
}
