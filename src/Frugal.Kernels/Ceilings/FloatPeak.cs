using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>Multiply-adds of single-precision numbers in registers: enough sums side by side that none waits for another.</summary>
internal readonly unsafe struct FloatPeak(SimdLevel level, int repetitions) : IKernelTask
{
    private const int Sums = 12;
    private const int Steps = 1024;

    /// <summary>Runs on all threads of a pool; returns the number of multiply-adds.</summary>
    public static double Run(KernelPool pool, int repetitions)
    {
        var task = new FloatPeak(pool.Level, repetitions);
        pool.Run(ref task, Vector512<byte>.Count);
        return (double)pool.Threads * repetitions * Steps * Sums * task.Lanes;
    }

    private int Lanes => level switch
    {
        SimdLevel.Portable => Lanes128.Count,
        SimdLevel.Avx2 => Lanes256.Count,
        _ => Lanes512.Count,
    };

    public void Run(int part, int parts, byte* scratch)
    {
        for (var repetition = 0; repetition < repetitions; repetition++)
        {
            switch (level)
            {
                case SimdLevel.Portable:
                    Chain<Lanes128, Vector128<float>>((float*)scratch);
                    break;
                case SimdLevel.Avx2:
                    Chain<Lanes256, Vector256<float>>((float*)scratch);
                    break;
                default:
                    Chain<Lanes512, Vector512<float>>((float*)scratch);
                    break;
            }
        }
    }

    // Compiled at its best from the first call on: what is measured here must not depend on how often it has run. The sums are stored, or the compiler could leave them out. They converge to 2, far from subnormals and infinities.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chain<TLanes, TVector>(float* target) where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector half = TLanes.Broadcast(0.5f), one = TLanes.Broadcast(1);
        TVector a = one, b = one, c = one, d = one, e = one, f = one, g = one, h = one, i = one, j = one, k = one, l = one;
        for (var step = 0; step < Steps; step++)
        {
            a = TLanes.MultiplyAdd(a, half, one);
            b = TLanes.MultiplyAdd(b, half, one);
            c = TLanes.MultiplyAdd(c, half, one);
            d = TLanes.MultiplyAdd(d, half, one);
            e = TLanes.MultiplyAdd(e, half, one);
            f = TLanes.MultiplyAdd(f, half, one);
            g = TLanes.MultiplyAdd(g, half, one);
            h = TLanes.MultiplyAdd(h, half, one);
            i = TLanes.MultiplyAdd(i, half, one);
            j = TLanes.MultiplyAdd(j, half, one);
            k = TLanes.MultiplyAdd(k, half, one);
            l = TLanes.MultiplyAdd(l, half, one);
        }
        var sum = TLanes.Add(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Add(TLanes.Add(e, f), TLanes.Add(g, h)));
        TLanes.Store(target, TLanes.Add(sum, TLanes.Add(TLanes.Add(i, j), TLanes.Add(k, l))));
    }
}
