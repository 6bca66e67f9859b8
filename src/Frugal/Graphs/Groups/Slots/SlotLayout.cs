namespace Frugal.Graphs.Groups.Slots;

/// <summary>
/// Where the channels of a tensor lie. An axis in no block is fixed: batch, positions, or sizes of the network's input. Axes of size one are neither, since they are repeated
/// wherever another size is needed.
/// </summary>
internal sealed class SlotLayout
{
    public SlotLayout(IReadOnlyList<long> shape, IReadOnlyList<SlotBlock> blocks, string? origin = null) => (Shape, Blocks, Origin) = (shape, blocks, origin);

    public IReadOnlyList<long> Shape { get; }

    public IReadOnlyList<SlotBlock> Blocks { get; }

    /// <summary>What fixes the fixed axes, for messages; null when there is nothing special.</summary>
    public string? Origin { get; }

    public int Rank => Shape.Count;

    public SlotBlock? BlockOf(int axis) => Blocks.FirstOrDefault(block => block.Axes.Contains(axis));

    public bool IsFixed(int axis) => Shape[axis] > 1 && BlockOf(axis) is null;

    public SlotLayout From(string? origin) => new(Shape, Blocks, origin);

    /// <summary>The block with the size of each of its axes.</summary>
    public long[] SizesOf(SlotBlock block) => [.. block.Axes.Select(axis => Shape[axis])];

    /// <summary>Axes in another order: axis <c>i</c> of the result is axis <c>order[i]</c>.</summary>
    public SlotLayout Permute(IReadOnlyList<int> order)
    {
        var blocks = Blocks.Select(block =>
        {
            int[] axes = [.. Enumerable.Range(0, order.Count).Where(axis => block.Axes.Contains(order[axis]))];
            var strides = Grid.Strides(SizesOf(block));
            long[] turned = [.. axes.Select(axis => strides[block.Axes.ToList().IndexOf(order[axis])])];
            return new SlotBlock(axes, Grid.Gather(block.Slots, [.. axes.Select(axis => Shape[order[axis]])], turned));
        });
        return new([.. order.Select(axis => Shape[axis])], [.. blocks], Origin);
    }

    /// <summary>A new axis of size one, before axis <paramref name="at"/>.</summary>
    public SlotLayout Insert(int at) => new(
        [.. Shape.Take(at), 1, .. Shape.Skip(at)],
        [.. Blocks.Select(block => block with { Axes = [.. block.Axes.Select(axis => axis >= at ? axis + 1 : axis)] })],
        Origin);

    /// <summary>Without an axis that has no block.</summary>
    public SlotLayout Drop(int axis) => new(
        [.. Shape.Where((_, i) => i != axis)],
        [.. Blocks.Select(block => block with { Axes = [.. block.Axes.Select(a => a > axis ? a - 1 : a)] })],
        Origin);

    /// <summary>Some places along an axis, in this order.</summary>
    public SlotLayout Take(int axis, IReadOnlyList<int> places)
    {
        var blocks = Blocks.Select(block => block.Axes.Contains(axis) ? TakeFrom(block, axis, places) : block).OfType<SlotBlock>();
        return new([.. Shape.Select((size, i) => i == axis ? places.Count : size)], [.. blocks], Origin);
    }

    private SlotBlock? TakeFrom(SlotBlock block, int axis, IReadOnlyList<int> places)
    {
        int position = block.Axes.ToList().IndexOf(axis);
        var sizes = SizesOf(block);
        int size = (int)sizes[position], inner = (int)Grid.Product(sizes.Skip(position + 1)), outer = (int)Grid.Product(sizes.Take(position));
        var slots = new List<int>(outer * places.Count * inner);
        for (int o = 0; o < outer; o++)
        {
            foreach (int place in places)
                slots.AddRange(block.Slots.AsSpan((o * size + place) * inner, inner));
        }
        IReadOnlyList<int> axes = places.Count == 1 ? [.. block.Axes.Where(a => a != axis)] : block.Axes;
        return axes.Count == 0 ? null : new SlotBlock(axes, [.. slots]);
    }
}
