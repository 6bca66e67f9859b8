namespace Frugal.Kernels;

/// <summary>The checks that stand before every kernel: below them pointers are trusted.</summary>
internal static class LinearArguments
{
    /// <exception cref="ArgumentException">A length does not fit the shapes, or spans overlap that may not.</exception>
    public static void Check(
        ReadOnlySpan<float> input, int rows, ReadOnlySpan<float> output, in Epilogue epilogue, int inFeatures, int outFeatures)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        RequireLength(input.Length, "rows", rows, "in", inFeatures, nameof(input));
        RequireLength(output.Length, "rows", rows, "out", outFeatures, nameof(output));
        if (!epilogue.Scale.IsEmpty)
            RequireLength(epilogue.Scale.Length, "one", 1, "out", outFeatures, "epilogue.Scale");
        if (!epilogue.Bias.IsEmpty)
            RequireLength(epilogue.Bias.Length, "one", 1, "out", outFeatures, "epilogue.Bias");
        if (!epilogue.Residual.IsEmpty)
            RequireLength(epilogue.Residual.Length, "rows", rows, "out", outFeatures, "epilogue.Residual");
        CheckStore(input, output, epilogue);
    }

    /// <exception cref="ArgumentException">A length does not fit the shapes, the kernel does not fit into the image, or spans overlap that may not.</exception>
    public static void CheckConvolution(
        ReadOnlySpan<float> input, int batch, int height, int width, ReadOnlySpan<float> output, in Epilogue epilogue, ConvolutionShape shape, int outChannels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        int outHeight = shape.OutHeight(height), outWidth = shape.OutWidth(width);
        if (outHeight < 1 || outWidth < 1)
            throw new ArgumentException($"A kernel of {shape.KernelHeight} x {shape.KernelWidth} does not fit into an image of {height} x {width} with its padding.", nameof(height));
        RequireLength(input.Length, batch, shape.InChannels, height, width, nameof(input));
        RequireLength(output.Length, batch, outChannels, outHeight, outWidth, nameof(output));
        if (!epilogue.Scale.IsEmpty)
            RequireLength(epilogue.Scale.Length, "one", 1, "out", outChannels, "epilogue.Scale");
        if (!epilogue.Bias.IsEmpty)
            RequireLength(epilogue.Bias.Length, "one", 1, "out", outChannels, "epilogue.Bias");
        if (!epilogue.Residual.IsEmpty)
            RequireLength(epilogue.Residual.Length, batch, outChannels, outHeight, outWidth, "epilogue.Residual");
        CheckStore(input, output, epilogue);
    }

    private static void CheckStore(ReadOnlySpan<float> input, ReadOnlySpan<float> output, in Epilogue epilogue)
    {
        if (epilogue.Activation is < Activation.Identity or > Activation.Silu)
            throw new ArgumentOutOfRangeException(nameof(epilogue), epilogue.Activation, "epilogue.Activation is not one of the defined activations");
        if (output.Overlaps(input) || output.Overlaps(epilogue.Scale) || output.Overlaps(epilogue.Bias))
            throw new ArgumentException("output may not overlap input, scale or bias.", nameof(output));
        if (output.Overlaps(epilogue.Residual, out var offset) && offset != 0)
            throw new ArgumentException("The residual may be the output itself, but may not overlap it in any other way.", nameof(epilogue));
    }

    /// <exception cref="ArgumentException">The weight is empty or not <c>[out, in]</c>.</exception>
    public static void CheckWeight(int length, int outFeatures, int inFeatures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outFeatures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(inFeatures, 1);
        RequireLength(length, "out", outFeatures, "in", inFeatures, "weight");
    }

    /// <exception cref="FrugalException">A weight of <c>[out, in]</c> is infinite or not a number.</exception>
    public static void CheckFinite(ReadOnlySpan<float> weight, int inFeatures)
    {
        for (var i = 0; i < weight.Length; i++)
            if (!float.IsFinite(weight[i]))
                throw new FrugalException(
                    $"The weight of output {i / inFeatures} and input {i % inFeatures} is {weight[i]}, and whole numbers cannot stand for it.");
    }

    // The message is put together only when it is thrown: this runs in every call, which allocates nothing.
    private static void RequireLength(int length, string firstAxis, int first, string secondAxis, int second, string name)
    {
        if (length != (long)first * second)
            throw new ArgumentException(
                $"{name} has {length} elements; [{firstAxis} = {first}, {secondAxis} = {second}] needs {(long)first * second}.", name);
    }

    private static void RequireLength(int length, int batch, int channels, int height, int width, string name)
    {
        if (length != (Int128)batch * channels * height * width)
            throw new ArgumentException($"{name} has {length} elements; [batch = {batch}, channels = {channels}, height = {height}, width = {width}] needs {(Int128)batch * channels * height * width}.", name);
    }
}
