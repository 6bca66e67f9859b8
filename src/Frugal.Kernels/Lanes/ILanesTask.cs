namespace Frugal.Kernels;

/// <summary>Work that is written over the width of vectors, and is done with the widest that are allowed.</summary>
internal unsafe interface ILanesTask
{
    /// <summary>Does part <paramref name="part"/> of <paramref name="parts"/>; see <see cref="IKernelTask.Run"/>.</summary>
    void Run<TLanes, TVector>(int part, int parts, byte* scratch) where TLanes : ILanes<TVector> where TVector : struct;
}
