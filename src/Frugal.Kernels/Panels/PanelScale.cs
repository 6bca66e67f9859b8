using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>From the whole-number sums of panels to values.</summary>
internal static unsafe class PanelScale
{
    /// <summary>Makes the values of a row's sums, which may be in their place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TLanes, TVector>(int* sums, RowCode row, int* columnSums, float* scales, int count, float* values)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var scale = TLanes.Broadcast(row.Scale);
        for (var i = 0; i < count; i += TLanes.Count)
        {
            // The row's scale first: the product of both might be subnormal where the value is not.
            var value = TLanes.Multiply(TLanes.Dequantize(sums + i, columnSums + i, row.Zero), scale);
            TLanes.Store(values + i, TLanes.Multiply(value, TLanes.Load(scales + i)));
        }
    }

    /// <summary>The first of the parts, none larger than <paramref name="most"/>, that are as few and as equal as can be.</summary>
    public static int Even(int count, int most)
    {
        var parts = (count + most - 1) / most;
        return (count + parts - 1) / parts;
    }
}
