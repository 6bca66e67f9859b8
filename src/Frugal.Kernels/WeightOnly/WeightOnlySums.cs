using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// Sums of a panel for one row or for four: codes become floats in registers, so that only their few bits are read; with four rows each is decoded once for all.
/// Several chains of additions run side by side, since an addition takes four cycles.
/// </summary>
internal static unsafe class WeightOnlySums
{
    /// <summary>Rows that are computed together where there are so many.</summary>
    public const int Rows = 4;

    /// <param name="words">A panel's words, from the first lane that is computed.</param>
    /// <param name="scales">Its scales likewise.</param>
    /// <param name="x">A row of inputs, whole words of them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TVector One4<TLanes, TVector>(int* words, float* scales, int steps, int stepsOfGroup, float* x)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector total = default;
        for (; steps > 0; steps -= stepsOfGroup, scales += Panel.Outputs)
        {
            TVector a = default, b = default, c = default, d = default;
            for (var step = Math.Min(steps, stepsOfGroup); step > 0; step--, words += Panel.Outputs, x += 8)
            {
                a = TLanes.MultiplyAdd(TLanes.SignedBits(words, 28, 28), TLanes.Broadcast(x[0]), a);
                b = TLanes.MultiplyAdd(TLanes.SignedBits(words, 24, 28), TLanes.Broadcast(x[1]), b);
                c = TLanes.MultiplyAdd(TLanes.SignedBits(words, 20, 28), TLanes.Broadcast(x[2]), c);
                d = TLanes.MultiplyAdd(TLanes.SignedBits(words, 16, 28), TLanes.Broadcast(x[3]), d);
                a = TLanes.MultiplyAdd(TLanes.SignedBits(words, 12, 28), TLanes.Broadcast(x[4]), a);
                b = TLanes.MultiplyAdd(TLanes.SignedBits(words, 8, 28), TLanes.Broadcast(x[5]), b);
                c = TLanes.MultiplyAdd(TLanes.SignedBits(words, 4, 28), TLanes.Broadcast(x[6]), c);
                d = TLanes.MultiplyAdd(TLanes.SignedBits(words, 0, 28), TLanes.Broadcast(x[7]), d);
            }
            total = TLanes.MultiplyAdd(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Load(scales), total);
        }
        return total;
    }

    /// <inheritdoc cref="One4"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TVector One8<TLanes, TVector>(int* words, float* scales, int steps, int stepsOfGroup, float* x)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector total = default;
        for (; steps > 0; steps -= stepsOfGroup, scales += Panel.Outputs)
        {
            TVector a = default, b = default, c = default, d = default;
            for (var step = Math.Min(steps, stepsOfGroup); step > 0; step--, words += Panel.Outputs, x += 4)
            {
                a = TLanes.MultiplyAdd(TLanes.SignedBits(words, 24, 24), TLanes.Broadcast(x[0]), a);
                b = TLanes.MultiplyAdd(TLanes.SignedBits(words, 16, 24), TLanes.Broadcast(x[1]), b);
                c = TLanes.MultiplyAdd(TLanes.SignedBits(words, 8, 24), TLanes.Broadcast(x[2]), c);
                d = TLanes.MultiplyAdd(TLanes.SignedBits(words, 0, 24), TLanes.Broadcast(x[3]), d);
            }
            total = TLanes.MultiplyAdd(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Load(scales), total);
        }
        return total;
    }

    /// <summary>Four rows; their sums are written <paramref name="sumPitch"/> floats apart.</summary>
    /// <param name="isNarrow">Whether codes have 4 bits, and not 8.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four<TLanes, TVector>(
        bool isNarrow, int* words, float* scales, int steps, int stepsOfGroup, float* x, nint pitch, float* sums, nint sumPitch)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector total0 = default, total1 = default, total2 = default, total3 = default;
        for (; steps > 0; steps -= stepsOfGroup, scales += Panel.Outputs)
        {
            TVector a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
            for (var step = Math.Min(steps, stepsOfGroup); step > 0; step--, words += Panel.Outputs)
            {
                for (var half = isNarrow ? 0 : 1; half < 2; half++, x += 4)
                {
                    // A pair of codes at a time, each into chains of its own.
                    var w = isNarrow ? half == 0 ? TLanes.SignedBits(words, 28, 28) : TLanes.SignedBits(words, 12, 28) : TLanes.SignedBits(words, 24, 24);
                    a0 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[0]), a0);
                    b0 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[pitch]), b0);
                    c0 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[2 * pitch]), c0);
                    d0 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[3 * pitch]), d0);
                    w = isNarrow ? half == 0 ? TLanes.SignedBits(words, 24, 28) : TLanes.SignedBits(words, 8, 28) : TLanes.SignedBits(words, 16, 24);
                    a1 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[1]), a1);
                    b1 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[pitch + 1]), b1);
                    c1 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[2 * pitch + 1]), c1);
                    d1 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[3 * pitch + 1]), d1);
                    w = isNarrow ? half == 0 ? TLanes.SignedBits(words, 20, 28) : TLanes.SignedBits(words, 4, 28) : TLanes.SignedBits(words, 8, 24);
                    a0 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[2]), a0);
                    b0 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[pitch + 2]), b0);
                    c0 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[2 * pitch + 2]), c0);
                    d0 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[3 * pitch + 2]), d0);
                    w = isNarrow ? half == 0 ? TLanes.SignedBits(words, 16, 28) : TLanes.SignedBits(words, 0, 28) : TLanes.SignedBits(words, 0, 24);
                    a1 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[3]), a1);
                    b1 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[pitch + 3]), b1);
                    c1 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[2 * pitch + 3]), c1);
                    d1 = TLanes.MultiplyAdd(w, TLanes.Broadcast(x[3 * pitch + 3]), d1);
                }
            }
            var scale = TLanes.Load(scales);
            total0 = TLanes.MultiplyAdd(TLanes.Add(a0, a1), scale, total0);
            total1 = TLanes.MultiplyAdd(TLanes.Add(b0, b1), scale, total1);
            total2 = TLanes.MultiplyAdd(TLanes.Add(c0, c1), scale, total2);
            total3 = TLanes.MultiplyAdd(TLanes.Add(d0, d1), scale, total3);
        }
        TLanes.Store(sums, total0);
        TLanes.Store(sums + sumPitch, total1);
        TLanes.Store(sums + 2 * sumPitch, total2);
        TLanes.Store(sums + 3 * sumPitch, total3);
    }
}
