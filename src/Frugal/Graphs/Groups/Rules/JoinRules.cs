using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups.Rules;

/// <summary>Tensors put together, taken apart, and padded.</summary>
internal static class JoinRules
{
    public static void AddTo(ChannelRules rules)
    {
        rules.Add(["cat", "concat", "concatenate"], Concatenate);
        rules.Add("stack", Stack);
        rules.Add(["chunk", "split", "split_with_sizes", "tensor_split"], Split);
        rules.Add("glu", GatedLinearUnit);
        rules.Add("unbind", Unbind);
        rules.Add(["pad", "constant_pad_nd"], Pad);
    }

    /// <summary>Each part has its range of the joined axis; on the other axes the parts meet.</summary>
    private static void Concatenate(ChannelCall call)
    {
        int rank = call.OutputShape.Count, axis = ChannelCall.Axis(call.Integer("dim"), rank);
        // libtorch skips tensors of shape [0], whatever the others' rank.
        List<SlotLayout> parts = [.. call.Node.Inputs.Select(call.Of).Where(part => part.Rank == rank)];
        var along = parts.Select(part => call.Algebra.Along(part, axis)).ToList();
        var others = call.Broadcast(
            [.. parts.Select(part => call.Algebra.Reduce(part, [axis], keepsAxes: true))],
            [.. call.OutputShape.Select((size, i) => i == axis ? 1 : size)]);
        if (along.All(slots => slots is null))
        {
            call.Return(new SlotLayout(call.OutputShape, others.Blocks, others.Origin));
            return;
        }
        int[] joined = [.. parts.SelectMany((part, i) => along[i] ?? Constant(call, part.Shape[axis], part.Origin))];
        call.Return(new SlotLayout(call.OutputShape, [.. others.Blocks, new SlotBlock([axis], joined)], others.Origin));
    }

    private static void Stack(ChannelCall call)
    {
        int axis = ChannelCall.Axis(call.Integer("dim"), call.OutputShape.Count);
        var meeting = call.Broadcast([.. call.Node.Inputs.Select(input => call.Of(input).Insert(axis))], [.. call.OutputShape.Select((size, i) => i == axis ? 1 : size)]);
        call.Return(new SlotLayout(call.OutputShape, meeting.Blocks, meeting.Origin));
    }

    /// <summary>
    /// Parts of equal size go on being equal, since the split may be computed from the whole: what is at one place of one part is at that place of all.
    /// </summary>
    private static void Split(ChannelCall call)
    {
        int axis = call.Axis();
        long[] sizes = [.. call.Node.Outputs.Select(part => part.Shape[axis])];
        if (sizes.Distinct().Count() == 1 && call.Algebra.Along(call.X, axis) is { } slots)
            GroupedChannels.UnitePlaces(call.Sets, slots, sizes.Length);
        int start = 0;
        foreach (var part in call.Node.Outputs)
        {
            call.Return(part, call.X.Take(axis, [.. Enumerable.Range(start, (int)part.Shape[axis])]));
            start += (int)part.Shape[axis];
        }
    }

    /// <summary>One half times the sigmoid of the other.</summary>
    private static void GatedLinearUnit(ChannelCall call)
    {
        int axis = ChannelCall.Axis(call.Integer("dim", -1), call.X.Rank);
        if (call.Algebra.Along(call.X, axis) is { } slots)
            GroupedChannels.UnitePlaces(call.Sets, slots, 2);
        call.Return(call.X.Take(axis, [.. Enumerable.Range(0, (int)call.OutputShape[axis])]));
    }

    private static void Unbind(ChannelCall call)
    {
        int axis = call.Axis();
        for (int i = 0; i < call.Node.Outputs.Count; i++)
            call.Return(call.Node.Outputs[i], call.X.Take(axis, [i]).Drop(axis));
    }

    /// <summary>What is appended to channels is no channel of any layer and stays as wide as it is.</summary>
    private static void Pad(ChannelCall call)
    {
        var amounts = call.Integers("pad");
        bool isConstant = call.Argument("mode") is null or "constant";
        List<SlotBlock> blocks = [];
        foreach (var block in call.X.Blocks)
        {
            if (block.Axes.All(axis => call.X.Shape[axis] == call.OutputShape[axis]))
            {
                blocks.Add(block);
                continue;
            }
            int axis = block.Axes.First(axis => call.X.Shape[axis] != call.OutputShape[axis]);
            var slots = call.Algebra.Along(call.X, axis)!;
            var (before, after) = (amounts[2 * (call.X.Rank - 1 - axis)], amounts[2 * (call.X.Rank - 1 - axis) + 1]);
            if (isConstant && before >= 0 && after >= 0)
                blocks.Add(new SlotBlock([axis], [.. Constant(call, before, "padding"), .. slots, .. Constant(call, after, "padding")]));
            else
                call.Algebra.Freeze(slots, "it is padded with itself, or cut");
        }
        call.Return(new SlotLayout(call.OutputShape, blocks, call.X.Origin));
    }

    private static int[] Constant(ChannelCall call, long count, string? origin)
    {
        var slots = call.Sets.Add(count);
        call.Algebra.Freeze(slots, SlotAlgebra.Fixed(origin));
        return slots;
    }
}
