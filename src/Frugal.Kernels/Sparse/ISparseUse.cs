namespace Frugal.Kernels;

/// <summary>What is done with the kernel of a sparse weight, whichever it is.</summary>
internal interface ISparseUse
{
    void With<TKernel>(TKernel kernel, SparseBlocks blocks) where TKernel : struct, ISparseKernel;
}
