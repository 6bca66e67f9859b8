namespace Frugal.Graphs.Groups.Slots;

/// <summary>Operands laid over each other, aligned at their last axes, as in every element-wise operator: what meets in one place belongs together.</summary>
internal sealed class Broadcasting(SlotSets sets, SlotAlgebra algebra)
{
    /// <summary>The layout of the result.</summary>
    public SlotLayout Of(IReadOnlyList<SlotLayout> operands, IReadOnlyList<long> shape)
    {
        List<SlotLayout> aligned = [.. operands.Select(operand => Align(operand, shape.Count))];
        List<SlotBlock> blocks = [];
        foreach (var axes in Connected(aligned, shape.Count))
        {
            if (Join(aligned, axes, shape) is { } block)
                blocks.Add(block);
        }
        return new(shape, blocks, operands.Select(operand => operand.Origin).FirstOrDefault(origin => origin is not null));
    }

    private SlotBlock? Join(List<SlotLayout> operands, IReadOnlyList<int> axes, IReadOnlyList<long> shape)
    {
        int[] free = [.. axes.Where(axis => !operands.Any(operand => operand.IsFixed(axis)))];
        List<SlotBlock> joined = [];
        foreach (var operand in operands)
        {
            foreach (var block in operand.Blocks.Where(block => axes.Contains(block.Axes[0])))
            {
                if (algebra.Collapse(operand, block, [.. block.Axes.Where(free.Contains)]) is { } kept)
                    joined.Add(kept);
                else
                    algebra.Freeze(block.Slots, SlotAlgebra.Fixed(operands.First(other => block.Axes.Any(other.IsFixed)).Origin));
            }
        }
        if (joined.Count == 0)
            return null;
        long[] sizes = [.. free.Select(axis => shape[axis])];
        var spread = joined.Select(block => Grid.Gather(block.Slots, sizes, StridesIn(block, free, shape))).ToList();
        foreach (var other in spread.Skip(1))
        {
            for (int i = 0; i < other.Length; i++)
                sets.Unite(spread[0][i], other[i]);
        }
        return algebra.Shorten(shape, free, spread[0]);
    }

    private static long[] StridesIn(SlotBlock block, IReadOnlyList<int> axes, IReadOnlyList<long> shape)
    {
        var strides = Grid.Strides([.. block.Axes.Select(axis => shape[axis])]);
        return [.. axes.Select(axis => block.Axes.ToList().IndexOf(axis) is >= 0 and var at ? strides[at] : 0)];
    }

    private static SlotLayout Align(SlotLayout operand, int rank) =>
        Enumerable.Range(0, rank - operand.Rank).Aggregate(operand, (layout, _) => layout.Insert(0));

    /// <summary>Axes that some operand has in one block, so that they can only be judged together.</summary>
    private static List<int[]> Connected(List<SlotLayout> operands, int rank)
    {
        int[] leaders = [.. Enumerable.Range(0, rank)];
        foreach (var block in operands.SelectMany(operand => operand.Blocks))
        {
            int leader = block.Axes.Min(axis => leaders[axis]);
            var replaced = block.Axes.Select(axis => leaders[axis]).ToHashSet();
            leaders = [.. leaders.Select(old => replaced.Contains(old) ? leader : old)];
        }
        return [.. Enumerable.Range(0, rank).GroupBy(axis => leaders[axis]).Select(axes => axes.ToArray())];
    }
}
