using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// Sums of several rows of inputs, each beginning anywhere and all with their inputs at the same distances, with two vectors of outputs. Inputs are broadcast from where they lie, so nothing is turned or copied first.
/// </summary>
/// <remarks>The steps are written out: given a method of its own that takes sums by reference, the compiler carries them through memory before and after the loop, which doubles the time of a short one.</remarks>
internal static unsafe class ScatteredRows
{
    /// <summary>Rows that are summed together at most.</summary>
    public const int Most = 8;

    /// <summary>Rows to sum together where so many are left: sixteen sums in thirty-two registers, or eight in sixteen.</summary>
    public static int Together<TLanes, TVector>(int left) where TLanes : ILanes<TVector> where TVector : struct =>
        left <= 4 || TLanes.Count < 16 ? 4 : Most;

    /// <summary>Sums 1, 4 or 8 rows.</summary>
    /// <param name="input">What the rows begin in.</param>
    /// <param name="starts">Where each row begins.</param>
    /// <param name="distances">From there to its inputs, <c>[inputs]</c>.</param>
    /// <param name="weights">Weights of the first vector of outputs, one for each input, <see cref="FloatPanels.Width"/> floats apart.</param>
    /// <param name="between">Floats from there to those of the second vector.</param>
    /// <param name="sums">Receives the first vector of each row.</param>
    /// <param name="pitch">Floats from one row of the sums to the next.</param>
    /// <param name="second">Floats from a row's first vector to its second.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sum<TLanes, TVector>(
        int rows, float* input, int* starts, int* distances, int inputs, float* weights, nint between, float* sums, nint pitch, nint second)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        if (rows == Most)
            Eight<TLanes, TVector>(input, starts, distances, inputs, weights, between, sums, pitch, second);
        else if (rows == 4)
            Four<TLanes, TVector>(input, starts, distances, inputs, weights, between, sums, pitch, second);
        else
            One<TLanes, TVector>(input + starts[0], distances, inputs, weights, between, sums, second);
    }

    /// <summary>Four inputs at a time, so that eight sums wait for each other and not one for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<TLanes, TVector>(float* input, int* distances, int inputs, float* weights, nint between, float* sums, nint second)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (; inputs >= 4; inputs -= 4, distances += 4, weights += 4 * FloatPanels.Width)
        {
            var x = TLanes.Broadcast(input[distances[0]]);
            a0 = TLanes.MultiplyAdd(x, TLanes.Load(weights), a0);
            a1 = TLanes.MultiplyAdd(x, TLanes.Load(weights + between), a1);
            x = TLanes.Broadcast(input[distances[1]]);
            b0 = TLanes.MultiplyAdd(x, TLanes.Load(weights + FloatPanels.Width), b0);
            b1 = TLanes.MultiplyAdd(x, TLanes.Load(weights + FloatPanels.Width + between), b1);
            x = TLanes.Broadcast(input[distances[2]]);
            c0 = TLanes.MultiplyAdd(x, TLanes.Load(weights + 2 * FloatPanels.Width), c0);
            c1 = TLanes.MultiplyAdd(x, TLanes.Load(weights + 2 * FloatPanels.Width + between), c1);
            x = TLanes.Broadcast(input[distances[3]]);
            d0 = TLanes.MultiplyAdd(x, TLanes.Load(weights + 3 * FloatPanels.Width), d0);
            d1 = TLanes.MultiplyAdd(x, TLanes.Load(weights + 3 * FloatPanels.Width + between), d1);
        }
        for (; inputs > 0; inputs--, distances++, weights += FloatPanels.Width)
        {
            var x = TLanes.Broadcast(input[distances[0]]);
            a0 = TLanes.MultiplyAdd(x, TLanes.Load(weights), a0);
            a1 = TLanes.MultiplyAdd(x, TLanes.Load(weights + between), a1);
        }
        Store<TLanes, TVector>(sums, second, TLanes.Add(TLanes.Add(a0, b0), TLanes.Add(c0, d0)), TLanes.Add(TLanes.Add(a1, b1), TLanes.Add(c1, d1)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight<TLanes, TVector>(
        float* input, int* starts, int* distances, int inputs, float* weights, nint between, float* sums, nint pitch, nint second)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        float* a = input + starts[0], b = input + starts[1], c = input + starts[2], d = input + starts[3];
        float* e = input + starts[4], f = input + starts[5], g = input + starts[6], h = input + starts[7];
        TVector a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        TVector e0 = default, e1 = default, f0 = default, f1 = default, g0 = default, g1 = default, h0 = default, h1 = default;
        for (; inputs > 0; inputs--, distances++, weights += FloatPanels.Width)
        {
            nint at = *distances;
            var (w0, w1) = (TLanes.Load(weights), TLanes.Load(weights + between));
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
        Store<TLanes, TVector>(sums, second, a0, a1);
        Store<TLanes, TVector>(sums + pitch, second, b0, b1);
        Store<TLanes, TVector>(sums + 2 * pitch, second, c0, c1);
        Store<TLanes, TVector>(sums + 3 * pitch, second, d0, d1);
        Store<TLanes, TVector>(sums + 4 * pitch, second, e0, e1);
        Store<TLanes, TVector>(sums + 5 * pitch, second, f0, f1);
        Store<TLanes, TVector>(sums + 6 * pitch, second, g0, g1);
        Store<TLanes, TVector>(sums + 7 * pitch, second, h0, h1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four<TLanes, TVector>(
        float* input, int* starts, int* distances, int inputs, float* weights, nint between, float* sums, nint pitch, nint second)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        float* a = input + starts[0], b = input + starts[1], c = input + starts[2], d = input + starts[3];
        TVector a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (; inputs > 0; inputs--, distances++, weights += FloatPanels.Width)
        {
            nint at = *distances;
            var (w0, w1) = (TLanes.Load(weights), TLanes.Load(weights + between));
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
        Store<TLanes, TVector>(sums, second, a0, a1);
        Store<TLanes, TVector>(sums + pitch, second, b0, b1);
        Store<TLanes, TVector>(sums + 2 * pitch, second, c0, c1);
        Store<TLanes, TVector>(sums + 3 * pitch, second, d0, d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector>(float* row, nint distance, TVector first, TVector second)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TLanes.Store(row, first);
        TLanes.Store(row + distance, second);
    }
}
