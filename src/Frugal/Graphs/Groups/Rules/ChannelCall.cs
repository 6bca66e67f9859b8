using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups.Rules;

/// <summary>An operator call on its way through the channel rules: its arguments by name, and where the channels of its operands lie.</summary>
internal sealed class ChannelCall(GraphNode node, ChannelTrace trace)
{
    public GraphNode Node => node;

    public SlotSets Sets => trace.Sets;

    public SlotAlgebra Algebra { get; } = new(trace.Sets, node);

    /// <summary>The layout of the first tensor.</summary>
    public SlotLayout X => Of(node.Inputs[0]);

    public IReadOnlyList<long> OutputShape => node.Outputs[0].Shape;

    public SlotLayout Of(GraphValue value) => trace.LayoutOf(value);

    public object? Argument(string name) =>
        node.Schema.Arguments.ToList().IndexOf(name) is >= 0 and var index && index < node.Arguments.Count ? node.Arguments[index] : null;

    public GraphValue? Tensor(string name) => Argument(name) as GraphValue;

    public long Integer(string name, long missing = 0) => Argument(name) is long value ? value : missing;

    public long[] Integers(string name) => Argument(name) switch
    {
        long value => [value],
        IReadOnlyList<object?> list => [.. list.OfType<long>()],
        _ => [],
    };

    /// <summary>An axis of the first tensor, counted from the front.</summary>
    public int Axis(string name = "dim") => Axis(Integer(name), X.Rank);

    public static int Axis(long axis, int rank) => (int)(axis < 0 ? axis + Math.Max(rank, 1) : axis);

    public SlotLayout Broadcast(IReadOnlyList<SlotLayout> operands, IReadOnlyList<long> shape) => new Broadcasting(Sets, Algebra).Of(operands, shape);

    /// <summary>Notes what a weight's axis does; nothing for an activation.</summary>
    public void Mark(GraphValue value, int axis, ChannelRole role)
    {
        if (value.Storage.Parameter is not null && Of(value).BlockOf(axis) is { } block)
            Sets.Mark(block.Slots, role);
    }

    /// <summary>Freezes the channels along an axis over which the operator works as a whole.</summary>
    public void FreezeAlong(SlotLayout layout, int axis, string reason)
    {
        if (layout.BlockOf(axis) is { } block)
            Algebra.Freeze(block.Slots, reason);
    }

    /// <summary>The layout of every result that has this shape; others stay fixed.</summary>
    public void Return(SlotLayout layout)
    {
        foreach (var output in node.Outputs)
            Return(output, output.Shape.SequenceEqual(layout.Shape) ? layout : new SlotLayout(output.Shape, [], layout.Origin));
    }

    public void Return(GraphValue output, SlotLayout layout) => trace.Define(output, layout);
}
