using System.Numerics;
using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// Products of the compressed-row form. For one row: y[o] = Σ value · x[column], in four chains, since an addition takes four cycles
/// (with AVX-512 from <see cref="WindowedRows"/>).
/// For a tile of tokens: one load of the tokens' inputs, one multiply-add into the tokens' sums for each value; neighbouring values
/// go to different chains for the same reason.
/// </summary>
internal readonly unsafe struct SparseKernel<TColumn>(int* starts, TColumn* columns, float* values, WindowedRows? windowed) : ISparseKernel
    where TColumn : unmanaged, IBinaryInteger<TColumn>
{
    private readonly int* _starts = starts;
    private readonly TColumn* _columns = columns;
    private readonly float* _values = values;
    private readonly WindowedRows? _windowed = windowed;

    public int GroupHeight => 1;

    public int MaxDotRows => _windowed is null ? 1 : 3;

    public int EnteredRows => 0;

    public float* Enter<TLanes, TVector>(float* tile, int vectors, float* scratch) where TLanes : ILanes<TVector> where TVector : struct => tile;

    public float* EnterRow<TLanes, TVector>(float* row, float* scratch) where TLanes : ILanes<TVector> where TVector : struct => row;

    public void Dot<TLanes, TVector>(int firstGroup, int endGroup, float* input, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        if (TLanes.Count == WindowedRows.Strip && _windowed is not null)
            _windowed.Dot(firstGroup / WindowedRows.Strip, (endGroup + WindowedRows.Strip - 1) / WindowedRows.Strip, input, sums);
        else
            Dot(firstGroup, endGroup, input, sums);
    }

    public void Accumulate<TLanes, TVector>(int firstGroup, int groups, float* tile, int vectors, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        for (var row = firstGroup; row < firstGroup + groups; row++)
        {
            var column = _columns + _starts[row];
            var value = _values + _starts[row];
            var count = _starts[row + 1] - _starts[row];
            switch (vectors)
            {
                case 1: Tile1<TLanes, TVector>(column, value, count, tile, sums); break;
                case 2: Tile2<TLanes, TVector>(column, value, count, tile, sums); break;
                case 3: Tile3<TLanes, TVector>(column, value, count, tile, sums); break;
                default: Tile4<TLanes, TVector>(column, value, count, tile, sums); break;
            }
            sums += vectors * TLanes.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Index(TColumn column) => nint.CreateTruncating(column);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Dot(int firstGroup, int endGroup, float* input, float* sums)
    {
        for (var row = firstGroup; row < endGroup; row++)
        {
            var column = _columns + _starts[row];
            var value = _values + _starts[row];
            var end = _values + _starts[row + 1];
            float a = 0, b = 0, c = 0, d = 0;
            for (; value + 4 <= end; value += 4, column += 4)
            {
                a = MathF.FusedMultiplyAdd(value[0], input[Index(column[0])], a);
                b = MathF.FusedMultiplyAdd(value[1], input[Index(column[1])], b);
                c = MathF.FusedMultiplyAdd(value[2], input[Index(column[2])], c);
                d = MathF.FusedMultiplyAdd(value[3], input[Index(column[3])], d);
            }
            for (; value < end; value++, column++)
                a = MathF.FusedMultiplyAdd(value[0], input[Index(column[0])], a);
            *sums++ = a + b + (c + d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1<TLanes, TVector>(TColumn* column, float* value, int count, float* tile, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector a = default, b = default, c = default, d = default;
        for (; count >= 4; count -= 4, column += 4, value += 4)
        {
            a = TLanes.MultiplyAdd(TLanes.Broadcast(value[0]), TLanes.Load(tile + Index(column[0]) * TLanes.Count), a);
            b = TLanes.MultiplyAdd(TLanes.Broadcast(value[1]), TLanes.Load(tile + Index(column[1]) * TLanes.Count), b);
            c = TLanes.MultiplyAdd(TLanes.Broadcast(value[2]), TLanes.Load(tile + Index(column[2]) * TLanes.Count), c);
            d = TLanes.MultiplyAdd(TLanes.Broadcast(value[3]), TLanes.Load(tile + Index(column[3]) * TLanes.Count), d);
        }
        for (; count > 0; count--, column++, value++)
            a = TLanes.MultiplyAdd(TLanes.Broadcast(value[0]), TLanes.Load(tile + Index(column[0]) * TLanes.Count), a);
        TLanes.Store(sums, TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2<TLanes, TVector>(TColumn* column, float* value, int count, float* tile, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (; count >= 4; count -= 4, column += 4, value += 4)
        {
            var x = tile + Index(column[0]) * (2 * TLanes.Count);
            var v = TLanes.Broadcast(value[0]);
            a0 = TLanes.MultiplyAdd(v, TLanes.Load(x), a0);
            a1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), a1);
            x = tile + Index(column[1]) * (2 * TLanes.Count);
            v = TLanes.Broadcast(value[1]);
            b0 = TLanes.MultiplyAdd(v, TLanes.Load(x), b0);
            b1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), b1);
            x = tile + Index(column[2]) * (2 * TLanes.Count);
            v = TLanes.Broadcast(value[2]);
            c0 = TLanes.MultiplyAdd(v, TLanes.Load(x), c0);
            c1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), c1);
            x = tile + Index(column[3]) * (2 * TLanes.Count);
            v = TLanes.Broadcast(value[3]);
            d0 = TLanes.MultiplyAdd(v, TLanes.Load(x), d0);
            d1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), d1);
        }
        for (; count > 0; count--, column++, value++)
        {
            var x = tile + Index(column[0]) * (2 * TLanes.Count);
            var v = TLanes.Broadcast(value[0]);
            a0 = TLanes.MultiplyAdd(v, TLanes.Load(x), a0);
            a1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), a1);
        }
        TLanes.Store(sums, TLanes.Add(TLanes.Add(a0, b0), TLanes.Add(c0, d0)));
        TLanes.Store(sums + TLanes.Count, TLanes.Add(TLanes.Add(a1, b1), TLanes.Add(c1, d1)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile3<TLanes, TVector>(TColumn* column, float* value, int count, float* tile, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector a0 = default, a1 = default, a2 = default, b0 = default, b1 = default, b2 = default;
        for (; count >= 2; count -= 2, column += 2, value += 2)
        {
            var x = tile + Index(column[0]) * (3 * TLanes.Count);
            var v = TLanes.Broadcast(value[0]);
            a0 = TLanes.MultiplyAdd(v, TLanes.Load(x), a0);
            a1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), a1);
            a2 = TLanes.MultiplyAdd(v, TLanes.Load(x + 2 * TLanes.Count), a2);
            x = tile + Index(column[1]) * (3 * TLanes.Count);
            v = TLanes.Broadcast(value[1]);
            b0 = TLanes.MultiplyAdd(v, TLanes.Load(x), b0);
            b1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), b1);
            b2 = TLanes.MultiplyAdd(v, TLanes.Load(x + 2 * TLanes.Count), b2);
        }
        if (count > 0)
        {
            var x = tile + Index(column[0]) * (3 * TLanes.Count);
            var v = TLanes.Broadcast(value[0]);
            a0 = TLanes.MultiplyAdd(v, TLanes.Load(x), a0);
            a1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), a1);
            a2 = TLanes.MultiplyAdd(v, TLanes.Load(x + 2 * TLanes.Count), a2);
        }
        TLanes.Store(sums, TLanes.Add(a0, b0));
        TLanes.Store(sums + TLanes.Count, TLanes.Add(a1, b1));
        TLanes.Store(sums + 2 * TLanes.Count, TLanes.Add(a2, b2));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4<TLanes, TVector>(TColumn* column, float* value, int count, float* tile, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (; count >= 2; count -= 2, column += 2, value += 2)
        {
            var x = tile + Index(column[0]) * (4 * TLanes.Count);
            var v = TLanes.Broadcast(value[0]);
            a0 = TLanes.MultiplyAdd(v, TLanes.Load(x), a0);
            a1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), a1);
            a2 = TLanes.MultiplyAdd(v, TLanes.Load(x + 2 * TLanes.Count), a2);
            a3 = TLanes.MultiplyAdd(v, TLanes.Load(x + 3 * TLanes.Count), a3);
            x = tile + Index(column[1]) * (4 * TLanes.Count);
            v = TLanes.Broadcast(value[1]);
            b0 = TLanes.MultiplyAdd(v, TLanes.Load(x), b0);
            b1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), b1);
            b2 = TLanes.MultiplyAdd(v, TLanes.Load(x + 2 * TLanes.Count), b2);
            b3 = TLanes.MultiplyAdd(v, TLanes.Load(x + 3 * TLanes.Count), b3);
        }
        if (count > 0)
        {
            var x = tile + Index(column[0]) * (4 * TLanes.Count);
            var v = TLanes.Broadcast(value[0]);
            a0 = TLanes.MultiplyAdd(v, TLanes.Load(x), a0);
            a1 = TLanes.MultiplyAdd(v, TLanes.Load(x + TLanes.Count), a1);
            a2 = TLanes.MultiplyAdd(v, TLanes.Load(x + 2 * TLanes.Count), a2);
            a3 = TLanes.MultiplyAdd(v, TLanes.Load(x + 3 * TLanes.Count), a3);
        }
        TLanes.Store(sums, TLanes.Add(a0, b0));
        TLanes.Store(sums + TLanes.Count, TLanes.Add(a1, b1));
        TLanes.Store(sums + 2 * TLanes.Count, TLanes.Add(a2, b2));
        TLanes.Store(sums + 3 * TLanes.Count, TLanes.Add(a3, b3));
    }
}
