using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>The choice of the vectors' width.</summary>
internal static unsafe class WidestLanes
{
    public static void Run<TTask>(in TTask task, SimdLevel level, int part, int parts, byte* scratch) where TTask : struct, ILanesTask
    {
        if (level >= SimdLevel.Avx512)
            task.Run<Lanes512, Vector512<float>>(part, parts, scratch);
        else if (level == SimdLevel.Avx2)
            task.Run<Lanes256, Vector256<float>>(part, parts, scratch);
        else
            task.Run<Lanes128, Vector128<float>>(part, parts, scratch);
    }
}
