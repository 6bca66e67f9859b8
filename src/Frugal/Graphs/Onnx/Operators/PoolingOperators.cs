using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Largest value, mean and norm of windows.</summary>
internal static class PoolingOperators
{
    public static void AddTo(OperatorTable table)
    {
        for (var dimensions = 1; dimensions <= 3; dimensions++)
        {
            var count = dimensions;
            table.Add($"max_pool{count}d", call => Pool(call, "MaxPool", count, [("dilations", call.Integers("dilation", count, 1))]));
            table.Add($"max_pool{count}d_with_indices", call => MaxWithIndices(call, count));
            table.Add($"avg_pool{count}d", call => Average(call, count));
            table.Add($"adaptive_avg_pool{count}d", call => Adaptive(call, "AveragePool", "GlobalAveragePool", count));
            table.Add($"adaptive_max_pool{count}d", call => Adaptive(call, "MaxPool", "GlobalMaxPool", count));
        }
    }

    private static void Pool(OperatorCall call, string op, int dimensions, IEnumerable<(string, object)> more) =>
        call.Return(InBatch(call, dimensions, x => call.Emit.Add(op, [x], [.. Window(call, dimensions), .. more])));

    private static List<(string, object)> Window(OperatorCall call, int dimensions)
    {
        var kernel = call.Integers("kernel_size", dimensions, 1);
        var padding = call.Integers("padding", dimensions, 0);
        return
        [
            ("kernel_shape", kernel),
            ("strides", call.Integers("stride") is { Length: 0 } ? kernel : call.Integers("stride", dimensions, 1)),
            ("pads", (long[])[.. padding, .. padding]),
            ("ceil_mode", call.Flag("ceil_mode")),
        ];
    }

    private static void MaxWithIndices(OperatorCall call, int dimensions)
    {
        if (call.Input.Rank != dimensions + 2)
            throw call.Unsupported("the positions of the largest values can be written for a batch only");
        var results = call.Emit.AddMany("MaxPool", 2, [call.X], [.. Window(call, dimensions), ("dilations", call.Integers("dilation", dimensions, 1))]);
        call.Return(0, results[0]);
        // ONNX counts positions through the whole tensor, PyTorch within each channel.
        var plane = call.Input.Shape.Skip(2).Aggregate((Extent)1, (product, size) => product * size);
        call.Return(1, call.Emit.Add("Mod", [results[1], call.Emit.Sizes([plane])]));
    }

    private static void Average(OperatorCall call, int dimensions)
    {
        if (call.Has("divisor_override"))
            throw call.Unsupported("ONNX has no mean with another divisor");
        Pool(call, "AveragePool", dimensions, [("count_include_pad", call.Flag("count_include_pad"))]);
    }

    /// <summary>Windows of equal size where the input divides; one window for a single position; a window of its own for each position otherwise.</summary>
    private static void Adaptive(OperatorCall call, string op, string global, int dimensions)
    {
        var output = call.Integers("output_size", dimensions, 1);
        if (output.All(size => size == 1))
        {
            call.Return(InBatch(call, dimensions, x => call.Emit.Add(global, [x])));
            return;
        }
        var input = call.FixedSizes(call.Input.Rank - dimensions);
        if (input.Zip(output).All(pair => pair.First % pair.Second == 0))
        {
            long[] window = [.. input.Zip(output, (size, count) => size / count)];
            call.Return(InBatch(call, dimensions, x => call.Emit.Add(op, [x], ("kernel_shape", window), ("strides", window))));
        }
        else
            call.Return(Windows(call, op == "MaxPool" ? "ReduceMax" : "ReduceMean", input, output));
    }

    /// <summary>Axis by axis: the window of position <c>i</c> of <c>n</c> goes from <c>⌊i · size / n⌋</c> to <c>⌈(i + 1) · size / n⌉</c>.</summary>
    private static string Windows(OperatorCall call, string reduce, long[] input, long[] output)
    {
        var x = call.X;
        for (var i = 0; i < input.Length; i++)
        {
            var axis = call.Input.Rank - input.Length + i;
            var (size, count) = (input[i], output[i]);
            List<string> parts = [];
            for (long position = 0; position < count; position++)
            {
                var (start, end) = (position * size / count, ((position + 1) * size + count - 1) / count);
                parts.Add(call.Emit.Add(reduce, [call.Slice(x, axis, start, end), call.Emit.Integers(axis)], ("keepdims", 1)));
            }
            x = call.Emit.Add("Concat", parts, ("axis", axis));
        }
        return x;
    }

    /// <summary>libtorch takes a single example without the dimension of the batch, ONNX does not.</summary>
    private static string InBatch(OperatorCall call, int dimensions, Func<string, string> pool) =>
        call.Input.Rank == dimensions + 1 ? call.Squeeze(pool(call.Unsqueeze(call.X, 0)), 0) : pool(call.X);
}
