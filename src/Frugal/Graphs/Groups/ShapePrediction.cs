using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups;

/// <summary>The shapes that the values of a graph will have once channels are gone or copied.</summary>
internal sealed class ShapePrediction
{
    private readonly Dictionary<GraphValue, List<(int Axis, (ChannelGroup Group, int Channel)?[] Channels)>> axes = [];

    public ShapePrediction(ChannelTrace trace, Func<int, (ChannelGroup Group, int Channel)?> channelOf)
    {
        foreach (var (value, layout) in trace.Layouts)
        {
            // A split that nothing chose an axis for has been settled, so one axis tells the channels.
            axes[value] = [.. layout.Blocks.Select(block => AxisOf(trace.Sets, layout, block)).Select(found => (found.Axis, found.Slots.Select(channelOf).ToArray()))];
        }
    }

    /// <summary>The shape of a value; that of one that was not followed stays.</summary>
    public IReadOnlyList<long> ShapeOf(GraphValue value, ChannelChange change)
    {
        if (!axes.TryGetValue(value, out var found) || found.Count == 0)
            return value.Shape;
        long[] shape = [.. value.Shape];
        foreach (var (axis, channels) in found)
            shape[axis] += channels.Sum(channel => channel is { } own ? change.CountOf(own.Group, own.Channel) - 1 : 0);
        return shape;
    }

    private static (int Axis, int[] Slots) AxisOf(SlotSets sets, SlotLayout layout, SlotBlock block)
    {
        var sizes = layout.SizesOf(block);
        int position = sets.AxisOf(layout, block)!.Value;
        long stride = Grid.Strides(sizes)[position];
        return (block.Axes[position], Grid.Gather(block.Slots, [sizes[position]], [stride]));
    }
}
