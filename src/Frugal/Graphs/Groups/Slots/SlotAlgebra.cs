namespace Frugal.Graphs.Groups.Slots;

/// <summary>What one operator does to the layouts of its operands. Whatever it cannot follow it freezes, naming the operator.</summary>
/// <param name="sets">The slots, which operators unite.</param>
/// <param name="node">The operator, for messages.</param>
internal sealed class SlotAlgebra(SlotSets sets, GraphNode node)
{
    public void Freeze(IEnumerable<int> slots, string reason) => sets.Freeze(slots, $"{reason} at {node}");

    public void Freeze(SlotLayout layout, string reason)
    {
        foreach (var block in layout.Blocks)
            Freeze(block.Slots, reason);
    }

    /// <summary>The slots along one axis, or null where it is fixed. Of channels that lie over several axes, those at one place of this axis become one.</summary>
    public int[]? Along(SlotLayout layout, int axis) =>
        layout.BlockOf(axis) is { } block ? Collapse(layout, block, [axis])!.Slots : null;

    /// <summary>The slots of one place belong together; one that meets a fixed size is frozen.</summary>
    public void Tie(int[]? a, int[]? b, string? origin = null)
    {
        if (a is null || b is null)
        {
            Freeze(a ?? b ?? [], Fixed(origin));
            return;
        }
        for (int i = 0; i < a.Length; i++)
            sets.Unite(a[i], b[i]);
    }

    /// <summary>Only these axes of the block: what differs along the others only becomes one. Null where none is left.</summary>
    public SlotBlock? Collapse(SlotLayout layout, SlotBlock block, IReadOnlyList<int> axes)
    {
        if (axes.Count == block.Axes.Count)
            return block;
        if (axes.Count == 0)
            return null;
        var sizes = layout.SizesOf(block);
        var strides = Grid.Strides(sizes);
        var kept = block.Axes.Select(axes.Contains).ToArray();
        var first = Grid.Gather(block.Slots, sizes, [.. strides.Select((stride, i) => kept[i] ? stride : 0)]);
        for (int i = 0; i < first.Length; i++)
            sets.Unite(first[i], block.Slots[i]);
        return new(
            [.. block.Axes.Where(axes.Contains)],
            Grid.Gather(block.Slots, [.. sizes.Where((_, i) => kept[i])], [.. strides.Where((_, i) => kept[i])]));
    }

    /// <summary>The block without axes along which nothing differs, and null when it has no axis longer than one.</summary>
    public SlotBlock? Shorten(IReadOnlyList<long> shape, IReadOnlyList<int> axes, int[] slots)
    {
        int[] longer = [.. axes.Where(axis => shape[axis] > 1)];
        if (longer.Length == 0)
            return null;
        var layout = new SlotLayout(shape, []);
        var block = new SlotBlock(longer, slots);
        foreach (int axis in longer.Reverse())
        {
            int[] others = [.. block.Axes.Where(a => a != axis)];
            if (others.Length > 0 && sets.IsConstant(layout, block, axis))
                block = Collapse(layout, block, others)!;
        }
        return block;
    }

    /// <summary>Sums or other statistics over axes, which stay with size one or go.</summary>
    public SlotLayout Reduce(SlotLayout layout, IReadOnlyCollection<int> axes, bool keepsAxes)
    {
        var blocks = layout.Blocks
            .Select(block => Collapse(layout, block, [.. block.Axes.Where(axis => !axes.Contains(axis))]))
            .OfType<SlotBlock>();
        var reduced = new SlotLayout([.. layout.Shape.Select((size, axis) => axes.Contains(axis) ? 1 : size)], [.. blocks], layout.Origin);
        return keepsAxes ? reduced : axes.OrderDescending().Aggregate(reduced, (result, axis) => result.Drop(axis));
    }

    public static string Fixed(string? origin) => $"it is tied to {origin ?? "a size that is not of channels"}";
}
