namespace Frugal.Kernels;

/// <summary>The step from spans to pointers that every linear layer takes.</summary>
internal static unsafe class LinearCall
{
    /// <exception cref="ArgumentException">A length does not fit the shapes, or spans overlap that may not.</exception>
    public static void Run<TLinear>(TLinear layer, ReadOnlySpan<float> input, int rows, Span<float> output, in Epilogue epilogue, KernelPool pool)
        where TLinear : IPinnedLinear
    {
        ArgumentNullException.ThrowIfNull(pool);
        LinearArguments.Check(input, rows, output, epilogue, layer.InFeatures, layer.OutFeatures);
        if (rows == 0)
            return;
        fixed (float* x = input, y = output, scale = epilogue.Scale, bias = epilogue.Bias, residual = epilogue.Residual)
        {
            var store = new EpilogueStore
            {
                Scale = scale,
                Bias = bias,
                Residual = residual,
                Output = y,
                OutFeatures = layer.OutFeatures,
                Activation = epilogue.Activation,
            };
            layer.Run(x, rows, store, pool);
        }
    }
}
