namespace Frugal.Kernels;

/// <summary>The step from spans to pointers for products with coded inputs.</summary>
internal static unsafe class PanelCall
{
    public static void Run<TProduct>(
        TProduct product, OutputCodes outputs, int outFeatures, int inFeatures,
        ReadOnlySpan<float> input, int rows, Span<float> output, in Epilogue epilogue, KernelPool pool, LowRankTerm? term = null)
        where TProduct : struct, IPanelProduct
    {
        LinearArguments.Check(input, rows, output, epilogue, inFeatures, outFeatures);
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
                OutFeatures = outFeatures,
                Activation = epilogue.Activation,
            };
            var task = new PanelTask<TProduct>(product, outputs, x, rows, inFeatures, store, pool.Level, term);
            pool.Run(ref task, task.ScratchBytes);
        }
        GC.KeepAlive(outputs);
    }
}
