namespace Frugal.Kernels;

/// <summary>Work that a <see cref="KernelPool"/> shares between its threads: the same struct is seen by all of them.</summary>
internal unsafe interface IKernelTask
{
    /// <summary>Does part <paramref name="part"/> of <paramref name="parts"/>.</summary>
    /// <param name="scratch">Memory of this thread alone, aligned to a cache line, with the size asked for; its content is arbitrary.</param>
    void Run(int part, int parts, byte* scratch);
}
