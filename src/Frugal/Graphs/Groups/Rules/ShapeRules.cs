using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups.Rules;

/// <summary>The same elements in another shape, order or number.</summary>
internal static class ShapeRules
{
    public static void AddTo(ChannelRules rules)
    {
        rules.Add(
            ["view", "reshape", "_unsafe_view", "_reshape_alias", "view_as", "reshape_as", "flatten", "unflatten", "squeeze", "unsqueeze"],
            call => call.Return(new Reshaping(call.Algebra).Of(call.X, call.OutputShape)));
        rules.Add("permute", call => call.Return(call.X.Permute([.. call.Integers("dims").Select(axis => ChannelCall.Axis(axis, call.X.Rank))])));
        rules.Add(["transpose", "swapaxes", "swapdims"], call => Transpose(call, call.Node.Schema.Arguments[1], call.Node.Schema.Arguments[2]));
        rules.Add(["t", "numpy_T"], call => call.Return(call.X.Permute([.. Enumerable.Range(0, call.X.Rank).Reverse()])));
        rules.Add(["expand", "expand_as", "broadcast_to"], call => call.Return(call.Broadcast([call.X], call.OutputShape)));
        rules.Add("repeat", Repeat);
        rules.Add("select", Select);
        rules.Add("narrow", call => Range(call, call.Integer("start"), 1));
        rules.Add("slice", call => Range(call, call.Integer("start"), call.Integer("step", 1)));
        rules.Add("flip", Flip);
    }

    private static void Transpose(ChannelCall call, string first, string second)
    {
        int[] order = [.. Enumerable.Range(0, call.X.Rank)];
        var (a, b) = (call.Axis(first), call.Axis(second));
        (order[a], order[b]) = (b, a);
        call.Return(call.X.Permute(order));
    }

    private static void Repeat(ChannelCall call)
    {
        var layout = call.X;
        while (layout.Rank < call.OutputShape.Count)
            layout = layout.Insert(0);
        for (int axis = 0; axis < layout.Rank; axis++)
        {
            int size = (int)layout.Shape[axis], times = size == 0 ? 0 : (int)call.OutputShape[axis] / size;
            // An axis of size one has no slots to repeat and becomes a fixed one.
            layout = size == 1
                ? new SlotLayout([.. layout.Shape.Select((old, i) => i == axis ? call.OutputShape[axis] : old)], layout.Blocks, layout.Origin)
                : layout.Take(axis, [.. Enumerable.Range(0, times * size).Select(i => i % size)]);
        }
        call.Return(layout);
    }

    private static void Select(ChannelCall call)
    {
        int axis = call.Axis();
        long index = call.Integer("index");
        call.Return(call.X.Take(axis, [(int)(index < 0 ? index + call.X.Shape[axis] : index)]).Drop(axis));
    }

    private static void Range(ChannelCall call, long start, long step)
    {
        int axis = call.Axis();
        long size = call.X.Shape[axis], first = Math.Clamp(start < 0 ? start + size : start, 0, size);
        call.Return(call.X.Take(axis, [.. Enumerable.Range(0, (int)call.OutputShape[axis]).Select(i => (int)(first + i * step))]));
    }

    private static void Flip(ChannelCall call)
    {
        var layout = call.Integers("dims").Select(axis => ChannelCall.Axis(axis, call.X.Rank))
            .Aggregate(call.X, (turned, axis) => turned.Take(axis, [.. Enumerable.Range(0, (int)turned.Shape[axis]).Reverse()]));
        call.Return(layout);
    }
}
