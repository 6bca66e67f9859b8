namespace Frugal.Kernels;

/// <summary>A linear layer of panels whose inputs are coded row by row.</summary>
/// <param name="product">The product of codes.</param>
/// <param name="outputs">What its sums become.</param>
/// <param name="term">A term of low rank in floats beside it, or null.</param>
internal readonly unsafe struct PanelLinear<TProduct>(TProduct product, OutputCodes outputs, int outFeatures, int inFeatures, LowRankTerm? term = null) : IPinnedLinear
    where TProduct : struct, IPanelProduct
{
    public int OutFeatures { get; } = outFeatures;

    public int InFeatures { get; } = inFeatures;

    public void Run(float* input, int rows, in EpilogueStore store, KernelPool pool)
    {
        var task = new PanelTask<TProduct>(product, outputs, input, rows, InFeatures, store, pool.Level, term);
        pool.Run(ref task, task.ScratchBytes);
        GC.KeepAlive(outputs);
    }
}
