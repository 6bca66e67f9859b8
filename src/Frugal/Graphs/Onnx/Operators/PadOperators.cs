using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Borders added to, or cut off, the last dimensions.</summary>
internal static class PadOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add("constant_pad_nd", call => Pad(call, "constant", call.Emit.Scalar(call.Number("value"), call.Output.DType)));
        table.Add("pad", call => Pad(call, ModeOf(call), call.Text("mode") == "constant" && call.Has("value") ? call.Emit.Scalar(call.Number("value"), call.Output.DType) : ""));
        for (var dimensions = 1; dimensions <= 3; dimensions++)
        {
            table.Add($"reflection_pad{dimensions}d", call => Pad(call, "reflect", ""));
            table.Add($"replication_pad{dimensions}d", call => Pad(call, "edge", ""));
        }
        table.Add("_pad_circular", Wrap);
    }

    private static string ModeOf(OperatorCall call) => call.Text("mode") switch
    {
        "reflect" => "reflect",
        "replicate" => "edge",
        "circular" => "wrap",
        _ => "constant",
    };

    private static void Pad(OperatorCall call, string mode, string value)
    {
        if (mode == "wrap")
        {
            Wrap(call);
            return;
        }
        var (begins, ends) = Borders(call);
        List<string> inputs = [call.X, call.Emit.Sizes([.. begins, .. ends]), .. value.Length > 0 ? [value] : Array.Empty<string>()];
        call.Return(call.Emit.Add("Pad", inputs, ("mode", mode)));
    }

    /// <summary>libtorch lists begin and end from the last dimension on.</summary>
    private static (Extent[] Begins, Extent[] Ends) Borders(OperatorCall call)
    {
        Extent[] begins = [.. Enumerable.Repeat((Extent)0, call.Input.Rank)], ends = [.. begins];
        var pad = call.Sizes("pad").Concat(call.Sizes("padding")).ToArray();
        for (var i = 0; i < pad.Length / 2; i++)
            (begins[^(i + 1)], ends[^(i + 1)]) = (pad[2 * i], pad[2 * i + 1]);
        return (begins, ends);
    }

    /// <summary>The far end before the beginning, the beginning after the end.</summary>
    private static void Wrap(OperatorCall call)
    {
        var borders = Borders(call);
        long[] begins = [.. borders.Begins.Select(size => call.Fixed(size, "pad"))], ends = [.. borders.Ends.Select(size => call.Fixed(size, "pad"))];
        var x = call.X;
        for (var axis = 0; axis < begins.Length; axis++)
        {
            if (begins[axis] < 0 || ends[axis] < 0)
                throw call.Unsupported("circular padding cannot cut off");
            List<string> parts = [x];
            if (begins[axis] > 0)
                parts.Insert(0, call.Slice(x, axis, -begins[axis], long.MaxValue));
            if (ends[axis] > 0)
                parts.Add(call.Slice(x, axis, 0, ends[axis]));
            if (parts.Count > 1)
                x = call.Emit.Add("Concat", parts, ("axis", axis));
        }
        call.Return(x);
    }
}
