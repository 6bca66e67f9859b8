using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups.Rules;

/// <summary>
/// Convolutions, with weights <c>[out, in / groups, kernel…]</c>, transposed ones <c>[in, out / groups, kernel…]</c>. Of a grouped one either whole groups go, or the same places of every
/// group, see <see cref="GroupedChannels"/>.
/// </summary>
internal static class ConvolutionRules
{
    public static void AddTo(ChannelRules rules)
    {
        rules.Add(["conv1d", "conv2d", "conv3d"], call => Convolve(call, isTransposed: false));
        rules.Add(["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"], call => Convolve(call, isTransposed: true));
        rules.Add(["convolution", "_convolution"], call => Convolve(call, call.Argument("transposed") is true));
    }

    private static void Convolve(ChannelCall call, bool isTransposed)
    {
        var weight = call.Node.Inputs[1];
        int channels = call.X.Rank - (weight.Shape.Count - 1);
        for (int axis = 0; axis < call.X.Rank; axis++)
        {
            if (axis != channels)
                call.FreezeAlong(call.X, axis, "a convolution slides over it");
        }
        var input = call.Algebra.Along(call.X, channels);
        var made = call.Integer("groups", 1) is > 1 and var groups
            ? isTransposed ? Refuse(call, weight) : Grouped(call, input, weight, (int)groups)
            : Dense(call, input, weight, isTransposed ? 0 : 1);
        if (call.Tensor("bias") is { } bias)
        {
            call.Mark(bias, 0, ChannelRole.Makes);
            call.Algebra.Tie(made, call.Of(bias).BlockOf(0)?.Slots);
        }
        call.Return(new SlotLayout(call.OutputShape, made is null ? [] : [new SlotBlock([channels], made)]));
    }

    private static int[]? Dense(ChannelCall call, int[]? input, GraphValue weight, int from)
    {
        call.Mark(weight, from, ChannelRole.Reads);
        call.Mark(weight, 1 - from, ChannelRole.Makes);
        call.Algebra.Tie(input, call.Of(weight).BlockOf(from)?.Slots, call.X.Origin);
        return call.Of(weight).BlockOf(1 - from)?.Slots;
    }

    private static int[]? Grouped(ChannelCall call, int[]? input, GraphValue weight, int groups)
    {
        if (call.Of(weight).BlockOf(0)?.Slots is not { } made)
            return Refuse(call, weight);
        if (input is null)
        {
            call.Algebra.Freeze(made, SlotAlgebra.Fixed(call.X.Origin));
            return made;
        }
        bool isWhole = GroupedChannels.GoWhole(input.Length, groups);
        call.Mark(weight, 0, isWhole && weight.Shape[1] == 1 ? ChannelRole.Carries : ChannelRole.Makes);
        if (isWhole)
        {
            GroupedChannels.UniteWhole(call.Sets, [input, made], groups);
            return made;
        }
        call.Mark(weight, 1, ChannelRole.Reads);
        GroupedChannels.UnitePlaces(call.Sets, input, groups);
        GroupedChannels.UnitePlaces(call.Sets, made, groups);
        call.Algebra.Tie(input[..(input.Length / groups)], call.Of(weight).BlockOf(1)?.Slots);
        return made;
    }

    private static int[]? Refuse(ChannelCall call, GraphValue weight)
    {
        const string reason = "channels are not followed through this grouped convolution";
        call.Algebra.Freeze(call.X, reason);
        call.FreezeAlong(call.Of(weight), 0, reason);
        call.FreezeAlong(call.Of(weight), 1, reason);
        return null;
    }
}
