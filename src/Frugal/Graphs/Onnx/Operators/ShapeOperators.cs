using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>The same elements in another shape, order, number or type.</summary>
internal static class ShapeOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add(["view", "reshape", "_unsafe_view", "_reshape_alias", "view_as", "reshape_as", "flatten", "unflatten", "squeeze", "unsqueeze"], Reshape);
        table.Add("permute", call => call.Return(call.Transpose(call.X, call.Integers("dims").Select(axis => OperatorCall.Axis(axis, call.Input.Rank)))));
        table.Add(["transpose", "swapaxes", "swapdims"], call => Transpose(call, call.Node.Schema.Arguments[1], call.Node.Schema.Arguments[2]));
        table.Add(["t", "numpy_T"], Turn);
        table.Add(["expand", "expand_as", "broadcast_to"], call => call.Return(Expand(call, call.X, call.Input.Shape)));
        table.Add("repeat", Repeat);
        table.Add("repeat_interleave", Interleave);
        table.Add(["contiguous", "clone", "detach", "alias", "resolve_conj", "resolve_neg", "lift_fresh", "positive", "data"], call => call.Return(call.X));
        table.Add(["to", "_to_copy", "type_as", "_autocast_to_reduced_precision"], call => call.Return(call.As(call.Input, call.Output.DType)));
        table.Add("copy", call => call.Return(Expand(call, call.As(call.Tensor("src"), call.Output.DType), call.Tensor("src").Shape)));
        table.Add(["pixel_shuffle"], call => call.Return(call.Emit.Add("DepthToSpace", [call.X], ("blocksize", call.Integer("upscale_factor")), ("mode", "CRD"))));
        table.Add("pixel_unshuffle", PixelUnshuffle);
        table.Add("channel_shuffle", ChannelShuffle);
    }

    /// <summary>A tensor in the shape of the result, repeated along dimensions of size one.</summary>
    public static string Expand(OperatorCall call, string x, IReadOnlyList<Extent> from)
    {
        var to = call.Output.Shape;
        if (from.SequenceEqual(to))
            return x;
        // One keeps what is there already, so that only sizes that change have to be known when the model runs.
        var missing = to.Count - from.Count;
        return call.Emit.Add("Expand", [x, call.Emit.Sizes([.. to.Select((size, i) => i >= missing && from[i - missing] == size ? 1 : size)])]);
    }

    private static void Reshape(OperatorCall call) =>
        call.Return(call.Input.Shape.SequenceEqual(call.Output.Shape) ? call.X : call.Reshape(call.X, call.Output.Shape));

    private static void Transpose(OperatorCall call, string first, string second)
    {
        if (call.Input.Rank == 0)
        {
            call.Return(call.X);
            return;
        }
        var order = Enumerable.Range(0, call.Input.Rank).ToArray();
        var (a, b) = (call.Axis(first), call.Axis(second));
        (order[a], order[b]) = (b, a);
        Turned(call, order);
    }

    private static void Turn(OperatorCall call) => Turned(call, [.. Enumerable.Range(0, call.Input.Rank).Reverse()]);

    private static void Turned(OperatorCall call, int[] order)
    {
        if (order is [1, 0])
            call.Emit.Transposed(call.Output, call.Input);
        call.Return(order.Length < 2 ? call.X : call.Transpose(call.X, order));
    }

    private static void Repeat(OperatorCall call)
    {
        var repeats = call.Sizes("repeats");
        var missing = repeats.Count - call.Input.Rank;
        var x = missing > 0 ? call.Unsqueeze(call.X, [.. Enumerable.Range(0, missing).Select(axis => (long)axis)]) : call.X;
        call.Return(call.Emit.Add("Tile", [x, call.Emit.Sizes(repeats)]));
    }

    /// <summary>Each element several times in a row: a new dimension is repeated and merged with the one before.</summary>
    private static void Interleave(OperatorCall call)
    {
        if (call.Argument("repeats") is not Extent repeats)
            throw call.Unsupported("the number of repetitions differs from element to element");
        var flat = call.Has("dim") ? call.X : call.Emit.Add("Reshape", [call.X, call.Emit.Integers(-1)]);
        var rank = call.Has("dim") ? call.Input.Rank : 1;
        var axis = call.Has("dim") ? call.Axis() : 0;
        var tiled = call.Emit.Add("Tile", [call.Unsqueeze(flat, axis + 1),
            call.Emit.Sizes([.. Enumerable.Range(0, rank + 1).Select(i => i == axis + 1 ? repeats : 1)])]);
        call.Return(call.Reshape(tiled, call.Output.Shape));
    }

    private static void PixelUnshuffle(OperatorCall call)
    {
        var factor = call.Integer("downscale_factor");
        var (lead, sizes) = (call.Input.Rank - 3, call.Input.Shape);
        var (channels, height, width) = (sizes[lead], sizes[lead + 1], sizes[lead + 2]);
        var split = call.Reshape(call.X, [.. sizes.Take(lead), channels, height / factor, factor, width / factor, factor]);
        int[] order = [.. Enumerable.Range(0, lead), .. ((int[])[0, 2, 4, 1, 3]).Select(axis => axis + lead)];
        call.Return(call.Reshape(call.Transpose(split, order), call.Output.Shape));
    }

    private static void ChannelShuffle(OperatorCall call)
    {
        var (groups, sizes) = (call.Integer("groups"), call.Input.Shape);
        var split = call.Reshape(call.X, [sizes[0], groups, sizes[1] / groups, .. sizes.Skip(2)]);
        int[] order = [0, 2, 1, .. Enumerable.Range(3, sizes.Count - 2)];
        call.Return(call.Reshape(call.Transpose(split, order), call.Output.Shape));
    }
}
