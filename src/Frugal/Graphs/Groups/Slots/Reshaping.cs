namespace Frugal.Graphs.Groups.Slots;

/// <summary>
/// The same elements under another shape. Axes that are merged repeat the slots, so that each channel of an image <c>[c, h, w]</c> has <c>h · w</c> places once flattened;
/// axes that are split leave the channels lying over all the parts.
/// </summary>
internal sealed class Reshaping(SlotAlgebra algebra)
{
    /// <summary>The layout under the other shape, which has as many elements.</summary>
    public SlotLayout Of(SlotLayout layout, IReadOnlyList<long> shape)
    {
        if (Grid.Product(shape) == 0)
            return new(shape, [], layout.Origin);
        var parts = Parts(layout.Shape, shape);
        List<SlotBlock> blocks = [];
        foreach (var block in layout.Blocks)
        {
            // A block may reach over several parts; each is reshaped by itself, so together they keep their order.
            var touched = parts.Where(part => part.Old.Any(block.Axes.Contains)).ToList();
            int[] from = [.. touched.SelectMany(part => part.Old)], to = [.. touched.SelectMany(part => part.New)];
            if (layout.Blocks.Any(other => other != block && other.Axes.Any(from.Contains)))
            {
                algebra.Freeze(block.Slots, "its channels are laid together with others");
                continue;
            }
            var strides = Grid.Strides(layout.SizesOf(block));
            var spread = Grid.Gather(
                block.Slots,
                [.. from.Select(axis => layout.Shape[axis])],
                [.. from.Select(axis => block.Axes.ToList().IndexOf(axis) is >= 0 and var at ? strides[at] : 0)]);
            if (algebra.Shorten(shape, to, spread) is { } reshaped)
                blocks.Add(reshaped);
        }
        return new(shape, blocks, layout.Origin);
    }

    /// <summary>The shortest runs of axes, those of size one left out, that hold the same elements before and after.</summary>
    private static List<(int[] Old, int[] New)> Parts(IReadOnlyList<long> old, IReadOnlyList<long> shape)
    {
        var (before, after) = (Longer(old), Longer(shape));
        List<(int[], int[])> parts = [];
        for (int i = 0, j = 0; i < before.Count && j < after.Count;)
        {
            int firstOld = i, firstNew = j;
            long left = old[before[i++]], right = shape[after[j++]];
            while (left != right)
            {
                if (left < right)
                    left *= old[before[i++]];
                else
                    right *= shape[after[j++]];
            }
            parts.Add(([.. before[firstOld..i]], [.. after[firstNew..j]]));
        }
        return parts;
    }

    private static List<int> Longer(IReadOnlyList<long> shape) => [.. Enumerable.Range(0, shape.Count).Where(axis => shape[axis] > 1)];
}
