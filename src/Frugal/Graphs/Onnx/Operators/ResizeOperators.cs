using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Images in another size, sampled at given places, and taken apart into patches.</summary>
internal static class ResizeOperators
{
    public static void AddTo(OperatorTable table)
    {
        foreach (var name in (string[])["upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d"])
            table.Add(name, call => Resize(call, "nearest", ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")));
        foreach (var name in (string[])["_upsample_nearest_exact1d", "_upsample_nearest_exact2d", "_upsample_nearest_exact3d"])
            table.Add(name, call => Resize(call, "nearest", ("coordinate_transformation_mode", "half_pixel"), ("nearest_mode", "round_prefer_ceil")));
        foreach (var name in (string[])["upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d"])
            table.Add(name, call => Resize(call, "linear", Coordinates(call)));
        table.Add("upsample_bicubic2d", call => Resize(call, "cubic", Coordinates(call), ("cubic_coeff_a", -0.75)));
        table.Add("_upsample_bilinear2d_aa", call => Resize(call, "linear", Coordinates(call), ("antialias", 1)));
        table.Add(["grid_sampler", "grid_sampler_2d"], Sample);
        table.Add("im2col", Unfold);
        table.Add("col2im", Fold);
    }

    private static (string, object) Coordinates(OperatorCall call) =>
        ("coordinate_transformation_mode", call.Flag("align_corners") ? "align_corners" : "half_pixel");

    /// <summary>By the factors where they were given, since they need not be the quotients of the sizes.</summary>
    private static void Resize(OperatorCall call, string mode, params (string, object)[] more)
    {
        var dimensions = call.Input.Rank - 2;
        long[] axes = [.. Enumerable.Range(2, dimensions).Select(axis => (long)axis)];
        var factors = Factors(call, dimensions);
        var target = factors is null
            ? ((string[])["", "", call.Emit.Sizes([.. call.Output.Shape.Skip(2)])])
            : ["", call.Emit.Constant([.. factors.SelectMany(factor => BitConverter.GetBytes((float)factor))], ScalarType.Float32, [dimensions])];
        call.Return(call.Emit.Add("Resize", [call.X, .. target], [("mode", mode), ("axes", axes), .. more]));
    }

    private static double[]? Factors(OperatorCall call, int dimensions)
    {
        var given = call.Argument("scale_factors") is IReadOnlyList<object?> list ? list
            : dimensions == 1 ? [call.Argument("scales")]
            : [.. ((string[])["scales_d", "scales_h", "scales_w"])[^dimensions..].Select(call.Argument)];
        if (!given.All(factor => factor is double))
            return null;
        double[] factors = [.. given.Select(factor => (double)factor!)];
        // Rounded to single precision a factor may miss the size that it was meant for.
        var isExact = factors.Select((factor, i) => call.Input.Shape[i + 2].Each(size => (long)Math.Floor(size * (double)(float)factor)) == call.Output.Shape[i + 2]).All(same => same);
        return isExact ? factors : null;
    }

    private static void Sample(OperatorCall call)
    {
        call.Emit.Require(20);
        string[] modes = ["linear", "nearest", "cubic"], paddings = ["zeros", "border", "reflection"];
        call.Return(call.Emit.Add("GridSample", [call.X, call.Emit.Of(call.Tensor("grid"))], ("mode", modes[call.Integer("interpolation_mode")]),
            ("padding_mode", paddings[call.Integer("padding_mode")]), ("align_corners", call.Flag("align_corners"))));
    }

    /// <summary>Patches as columns, by a convolution that copies: each filter is one at one place of one channel.</summary>
    private static void Unfold(OperatorCall call)
    {
        if (call.Input.Rank != 4)
            throw call.Unsupported("it can be written for a batch only");
        var (kernel, padding, channels) = (call.Integers("kernel_size", 2, 1), call.Integers("padding", 2, 0), call.Fixed(call.Input.Shape[1], "channels"));
        var area = kernel[0] * kernel[1];
        var one = ScalarBytes.Of(1, call.Input.DType);
        var filters = new byte[channels * area * area * one.Length];
        for (long filter = 0; filter < channels * area; filter++)
            one.CopyTo(filters.AsSpan((int)((filter * area + filter % area) * one.Length)));
        var columns = call.Emit.Add("Conv", [call.X, call.Emit.Constant(filters, call.Input.DType, [channels * area, 1, kernel[0], kernel[1]])],
            ("kernel_shape", kernel), ("group", channels), ("pads", (long[])[.. padding, .. padding]),
            ("strides", call.Integers("stride", 2, 1)), ("dilations", call.Integers("dilation", 2, 1)));
        call.Return(call.Reshape(columns, call.Output.Shape));
    }

    private static void Fold(OperatorCall call)
    {
        var padding = call.Integers("padding", 2, 0);
        call.Return(call.Emit.Add("Col2Im", [call.X, call.Emit.Sizes(call.Sizes("output_size")), call.Emit.Integers(call.Integers("kernel_size", 2, 1))],
            ("pads", (long[])[.. padding, .. padding]), ("strides", call.Integers("stride", 2, 1)), ("dilations", call.Integers("dilation", 2, 1))));
    }
}
