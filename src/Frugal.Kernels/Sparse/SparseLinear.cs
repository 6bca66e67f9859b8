namespace Frugal.Kernels;

/// <summary>A linear layer of a kernel of groups of outputs.</summary>
/// <param name="starts">First block of each group, and the number of blocks behind the last; who owns them keeps them alive.</param>
internal readonly unsafe struct SparseLinear<TKernel>(TKernel kernel, int* starts, int groups, int outFeatures, int inFeatures) : IPinnedLinear
    where TKernel : struct, ISparseKernel
{
    private readonly int* _starts = starts;

    public int OutFeatures { get; } = outFeatures;

    public int InFeatures { get; } = inFeatures;

    public void Run(float* input, int rows, in EpilogueStore store, KernelPool pool)
    {
        var task = new SparseTask<TKernel>(kernel, _starts, groups, InFeatures, input, rows, store, pool.Level);
        pool.Run(ref task, task.ScratchBytes);
    }
}
