namespace Frugal.Kernels;

/// <summary>What is left of a linear layer's call when its arguments are checked and its spans are pointers: the kernel's task.</summary>
internal unsafe interface IPinnedLinear
{
    int OutFeatures { get; }

    int InFeatures { get; }

    /// <summary>Runs the task, and keeps the weights alive until it is done.</summary>
    /// <param name="input"><c>[rows, in]</c>.</param>
    /// <param name="rows">At least one.</param>
    /// <param name="store">The output, and what happens to sums on their way there.</param>
    void Run(float* input, int rows, in EpilogueStore store, KernelPool pool);
}
