namespace Frugal.Kernels;

/// <summary>Calls of products with coded inputs.</summary>
internal static class PanelCall
{
    public static void Run<TProduct>(
        TProduct product, OutputCodes outputs, int outFeatures, int inFeatures,
        ReadOnlySpan<float> input, int rows, Span<float> output, in Epilogue epilogue, KernelPool pool, LowRankTerm? term = null)
        where TProduct : struct, IPanelProduct =>
        LinearCall.Run(new PanelLinear<TProduct>(product, outputs, outFeatures, inFeatures, term), input, rows, output, epilogue, pool);
}
