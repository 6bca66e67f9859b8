using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// Sums of several rows of inputs, each beginning anywhere and all with their inputs at the same distances, with two vectors of outputs. Inputs are broadcast from where they lie, so nothing is turned or copied first.
/// </summary>
internal static unsafe class ScatteredRows
{
    /// <summary>Rows that are summed together: sixteen sums in thirty-two registers, or eight in sixteen.</summary>
    public static int Count<TLanes, TVector>() where TLanes : ILanes<TVector> where TVector : struct => TLanes.Count == 16 ? 8 : 4;

    /// <summary>Sums <see cref="Count"/> rows.</summary>
    /// <param name="input">What the rows begin in.</param>
    /// <param name="starts">Where each row begins.</param>
    /// <param name="distances">From there to its inputs, <c>[depth]</c>.</param>
    /// <param name="first">Weights of the first vector, one for each input, <see cref="MpoStage.PanelWidth"/> floats apart.</param>
    /// <param name="second">The same for the second vector.</param>
    /// <param name="output">Receives the first vector of each row.</param>
    /// <param name="pitch">Floats from one row of the output to the next.</param>
    /// <param name="secondOutput">Floats from a row's first vector to its second.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sum<TLanes, TVector>(
        float* input, int* starts, int* distances, int depth, float* first, float* second, float* output, nint pitch, nint secondOutput)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        if (TLanes.Count == 16)
            Eight<TLanes, TVector>(input, starts, distances, depth, first, second, output, pitch, secondOutput);
        else
            Four<TLanes, TVector>(input, starts, distances, depth, first, second, output, pitch, secondOutput);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight<TLanes, TVector>(
        float* input, int* starts, int* distances, int depth, float* first, float* second, float* output, nint pitch, nint secondOutput)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        float* a = input + starts[0], b = input + starts[1], c = input + starts[2], d = input + starts[3];
        float* e = input + starts[4], f = input + starts[5], g = input + starts[6], h = input + starts[7];
        TVector a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        TVector e0 = default, e1 = default, f0 = default, f1 = default, g0 = default, g1 = default, h0 = default, h1 = default;
        var between = (nint)(second - first);
        for (; depth > 0; depth--, distances++, first += MpoStage.PanelWidth)
        {
            nint at = *distances;
            var (w0, w1) = (TLanes.Load(first), TLanes.Load(first + between));
            var x = TLanes.Broadcast(a[at]);
            a0 = TLanes.MultiplyAdd(x, w0, a0);
            a1 = TLanes.MultiplyAdd(x, w1, a1);
            x = TLanes.Broadcast(b[at]);
            b0 = TLanes.MultiplyAdd(x, w0, b0);
            b1 = TLanes.MultiplyAdd(x, w1, b1);
            x = TLanes.Broadcast(c[at]);
            c0 = TLanes.MultiplyAdd(x, w0, c0);
            c1 = TLanes.MultiplyAdd(x, w1, c1);
            x = TLanes.Broadcast(d[at]);
            d0 = TLanes.MultiplyAdd(x, w0, d0);
            d1 = TLanes.MultiplyAdd(x, w1, d1);
            x = TLanes.Broadcast(e[at]);
            e0 = TLanes.MultiplyAdd(x, w0, e0);
            e1 = TLanes.MultiplyAdd(x, w1, e1);
            x = TLanes.Broadcast(f[at]);
            f0 = TLanes.MultiplyAdd(x, w0, f0);
            f1 = TLanes.MultiplyAdd(x, w1, f1);
            x = TLanes.Broadcast(g[at]);
            g0 = TLanes.MultiplyAdd(x, w0, g0);
            g1 = TLanes.MultiplyAdd(x, w1, g1);
            x = TLanes.Broadcast(h[at]);
            h0 = TLanes.MultiplyAdd(x, w0, h0);
            h1 = TLanes.MultiplyAdd(x, w1, h1);
        }
        Store<TLanes, TVector>(output, secondOutput, a0, a1);
        Store<TLanes, TVector>(output + pitch, secondOutput, b0, b1);
        Store<TLanes, TVector>(output + 2 * pitch, secondOutput, c0, c1);
        Store<TLanes, TVector>(output + 3 * pitch, secondOutput, d0, d1);
        Store<TLanes, TVector>(output + 4 * pitch, secondOutput, e0, e1);
        Store<TLanes, TVector>(output + 5 * pitch, secondOutput, f0, f1);
        Store<TLanes, TVector>(output + 6 * pitch, secondOutput, g0, g1);
        Store<TLanes, TVector>(output + 7 * pitch, secondOutput, h0, h1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four<TLanes, TVector>(
        float* input, int* starts, int* distances, int depth, float* first, float* second, float* output, nint pitch, nint secondOutput)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        float* a = input + starts[0], b = input + starts[1], c = input + starts[2], d = input + starts[3];
        TVector a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        var between = (nint)(second - first);
        for (; depth > 0; depth--, distances++, first += MpoStage.PanelWidth)
        {
            nint at = *distances;
            var (w0, w1) = (TLanes.Load(first), TLanes.Load(first + between));
            var x = TLanes.Broadcast(a[at]);
            a0 = TLanes.MultiplyAdd(x, w0, a0);
            a1 = TLanes.MultiplyAdd(x, w1, a1);
            x = TLanes.Broadcast(b[at]);
            b0 = TLanes.MultiplyAdd(x, w0, b0);
            b1 = TLanes.MultiplyAdd(x, w1, b1);
            x = TLanes.Broadcast(c[at]);
            c0 = TLanes.MultiplyAdd(x, w0, c0);
            c1 = TLanes.MultiplyAdd(x, w1, c1);
            x = TLanes.Broadcast(d[at]);
            d0 = TLanes.MultiplyAdd(x, w0, d0);
            d1 = TLanes.MultiplyAdd(x, w1, d1);
        }
        Store<TLanes, TVector>(output, secondOutput, a0, a1);
        Store<TLanes, TVector>(output + pitch, secondOutput, b0, b1);
        Store<TLanes, TVector>(output + 2 * pitch, secondOutput, c0, c1);
        Store<TLanes, TVector>(output + 3 * pitch, secondOutput, d0, d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector>(float* row, nint secondOutput, TVector first, TVector second)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TLanes.Store(row, first);
        TLanes.Store(row + secondOutput, second);
    }
}
