using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Convolutions and transposed convolutions of one to three dimensions.</summary>
internal static class ConvolutionOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add(["conv1d", "conv2d", "conv3d"], call => Convolve(call, "Conv"));
        table.Add(["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"], call => Convolve(call, "ConvTranspose"));
        table.Add("convolution", call => Convolve(call, call.Flag("transposed") ? "ConvTranspose" : "Conv"));
    }

    private static void Convolve(OperatorCall call, string op)
    {
        var weight = call.Tensor("weight");
        var dimensions = weight.Rank - 2;
        // libtorch takes a single example without the dimension of the batch.
        var isSingle = call.Input.Rank == dimensions + 1;
        var x = isSingle ? call.Unsqueeze(call.X, 0) : call.X;
        List<(string, object)> attributes =
        [
            ("kernel_shape", weight.Shape.Skip(2).Select(size => size.Value).ToList()),
            ("strides", call.Integers("stride", dimensions, 1)),
            ("dilations", call.Integers("dilation", dimensions, 1)),
            ("group", call.Integer("groups")),
            ("pads", Padding(call, weight, dimensions)),
        ];
        if (op == "ConvTranspose")
            attributes.Add(("output_padding", call.Integers("output_padding", dimensions, 0)));
        var bias = call.Optional("bias");
        var result = call.Emit.Add(op, bias.Length == 0 ? [x, call.Emit.Of(weight)] : [x, call.Emit.Of(weight), bias], attributes);
        call.Return(isSingle ? call.Squeeze(result, 0) : result);
    }

    /// <summary>Padding at the beginnings, then at the ends; "same" puts what is odd at the ends.</summary>
    private static long[] Padding(OperatorCall call, SymbolicValue weight, int dimensions)
    {
        if (call.Text("padding") is not { } mode)
            return [.. call.Integers("padding", dimensions, 0), .. call.Integers("padding", dimensions, 0)];
        if (mode == "valid")
            return new long[2 * dimensions];
        var dilation = call.Integers("dilation", dimensions, 1);
        var total = Enumerable.Range(0, dimensions).Select(i => dilation[i] * (weight.Shape[i + 2].Value - 1)).ToList();
        return [.. total.Select(padding => padding / 2), .. total.Select(padding => padding - padding / 2)];
    }
}
