namespace Frugal.Graphs.Groups.Slots;

/// <summary>What a block looks like under the sets that its slots are in by now.</summary>
internal static class SlotQuestions
{
    /// <summary>Whether all places along the axis have the same channels.</summary>
    public static bool IsConstant(this SlotSets sets, SlotLayout layout, SlotBlock block, int axis)
    {
        var sizes = layout.SizesOf(block);
        var first = Grid.Gather(block.Slots, sizes, [.. Grid.Strides(sizes).Select((stride, i) => block.Axes[i] == axis ? 0 : stride)]);
        return first.Zip(block.Slots).All(pair => sets.AreOne(pair.First, pair.Second));
    }

    /// <summary>The position in the block of the axis that tells the channels, the others repeating them; null where several are needed.</summary>
    public static int? AxisOf(this SlotSets sets, SlotLayout layout, SlotBlock block) => Enumerable.Range(0, block.Axes.Count)
        .Where(i => block.Axes.All(other => other == block.Axes[i] || sets.IsConstant(layout, block, other)))
        .Select(i => (int?)i)
        .FirstOrDefault();
}
