using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Normalisations over batches, layers, groups, instances and neighbouring channels.</summary>
internal static class NormalizationOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add("batch_norm", Batch);
        table.Add("layer_norm", Layer);
        table.Add("group_norm", call => Group(call, call.Integer("num_groups")));
        table.Add("instance_norm", Instance);
        table.Add("rms_norm", RootMeanSquare);
    }

    private static void Batch(OperatorCall call)
    {
        if (call.Flag("training") || !call.Has("running_mean"))
            throw call.Unsupported("it normalises by the statistics of the batch, so the result of one example depends on the others; track running statistics and call it in evaluation mode");
        call.Return(Running(call));
    }

    /// <summary>By running statistics: <c>(x - mean) / √(var + ε) · weight + bias</c> for each channel, dimension 1.</summary>
    private static string Running(OperatorCall call)
    {
        var channels = call.Fixed(call.Input.Shape[1], "channels");
        return call.Emit.Add("BatchNormalization",
            [call.X, Affine(call, "weight", 1, channels), Affine(call, "bias", 0, channels), call.Optional("running_mean"), call.Optional("running_var")],
            ("epsilon", call.Number("eps")));
    }

    private static void Layer(OperatorCall call)
    {
        var axes = call.Integers("normalized_shape").Length;
        if (call.Has("weight"))
        {
            var bias = call.Optional("bias");
            List<string> inputs = [call.X, call.Optional("weight"), .. bias.Length > 0 ? [bias] : Array.Empty<string>()];
            call.Return(call.Emit.Add("LayerNormalization", inputs, ("axis", -axes), ("epsilon", call.Number("eps"))));
            return;
        }
        call.Return(Standardized(call, call.X, [.. Enumerable.Range(-axes, axes).Select(axis => (long)axis)]));
    }

    /// <summary>Each group of channels is normalised as one: <c>[b, g, …]</c> and back.</summary>
    private static void Group(OperatorCall call, long groups)
    {
        var grouped = call.Reshape(call.X, [call.Input.Shape[0], groups, .. Flat(call.Input.Shape, groups)]);
        var result = call.Reshape(Standardized(call, grouped, 2), call.Input.Shape);
        call.Return(PerChannel(call, result));
    }

    private static void Instance(OperatorCall call)
    {
        if (!call.Flag("use_input_stats"))
        {
            call.Return(Running(call));
            return;
        }
        var axes = Enumerable.Range(2, call.Input.Rank - 2).Select(axis => (long)axis).ToArray();
        call.Return(PerChannel(call, Standardized(call, call.X, axes)));
    }

    private static void RootMeanSquare(OperatorCall call)
    {
        var count = call.Integers("normalized_shape").Length;
        var axes = call.Emit.Integers(Enumerable.Range(-count, count).Select(axis => (long)axis));
        // PyTorch's default is the smallest step of the type at 1.
        var epsilon = call.Emit.Scalar(call.Has("eps") ? call.Number("eps") : 1.1920928955078125e-07, call.Output.DType);
        var power = call.Emit.Add("ReduceMean", [call.Emit.Add("Mul", [call.X, call.X]), axes], ("keepdims", 1));
        var result = call.Emit.Add("Div", [call.X, call.Emit.Add("Sqrt", [call.Emit.Add("Add", [power, epsilon])])]);
        call.Return(call.Has("weight") ? call.Emit.Add("Mul", [result, call.Optional("weight")]) : result);
    }

    /// <summary><c>(x - mean) / √(var + ε)</c> over the axes.</summary>
    private static string Standardized(OperatorCall call, string x, params long[] axes)
    {
        var over = call.Emit.Integers(axes);
        var centred = call.Emit.Add("Sub", [x, call.Emit.Add("ReduceMean", [x, over], ("keepdims", 1))]);
        var variance = call.Emit.Add("ReduceMean", [call.Emit.Add("Mul", [centred, centred]), over], ("keepdims", 1));
        var epsilon = call.Emit.Scalar(call.Number("eps"), call.Output.DType);
        return call.Emit.Add("Div", [centred, call.Emit.Add("Sqrt", [call.Emit.Add("Add", [variance, epsilon])])]);
    }

    private static string PerChannel(OperatorCall call, string x)
    {
        long[] axes = [.. Enumerable.Range(1, call.Input.Rank - 2).Select(axis => (long)axis)];
        if (call.Has("weight"))
            x = call.Emit.Add("Mul", [x, Spread(call, "weight", axes)]);
        return call.Has("bias") ? call.Emit.Add("Add", [x, Spread(call, "bias", axes)]) : x;
    }

    private static string Spread(OperatorCall call, string name, long[] axes) =>
        axes.Length == 0 ? call.Optional(name) : call.Unsqueeze(call.Optional(name), axes);

    /// <summary>What a group has of the sizes after the batch, as one size.</summary>
    private static IReadOnlyList<Extent> Flat(IReadOnlyList<Extent> shape, long groups) =>
        [shape.Skip(1).Aggregate((Extent)1, (product, size) => product * size) / groups];

    private static string Affine(OperatorCall call, string name, double missing, long channels) =>
        call.Has(name)
            ? call.Optional(name)
            : call.Emit.Constant([.. Enumerable.Repeat(ScalarBytes.Of(missing, call.Input.DType), (int)channels).SelectMany(bytes => bytes)], call.Input.DType, [channels]);
}
