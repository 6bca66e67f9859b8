using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>
/// Products of blocks of 4, 8 or 16 outputs. For one row the block's values fill a vector and the input is broadcast to it.
/// For a tile of tokens four outputs are taken at a time: each load of the tokens' inputs serves four multiply-adds, which is why
/// the multiply-adds bound the time here and not the loads.
/// </summary>
internal readonly unsafe struct BlockSparseKernel<TColumn>(int height, int* starts, TColumn* columns, float* values) : ISparseKernel
    where TColumn : unmanaged, IBinaryInteger<TColumn>
{
    private readonly int* _starts = starts;
    private readonly TColumn* _columns = columns;
    private readonly float* _values = values;

    public int GroupHeight { get; } = height;

    public int MaxDotRows => 1;

    public int EnteredRows => 0;

    public float* Enter<TLanes, TVector>(float* tile, int vectors, float* scratch) where TLanes : ILanes<TVector> where TVector : struct => tile;

    public float* EnterRow<TLanes, TVector>(float* row, float* scratch) where TLanes : ILanes<TVector> where TVector : struct => row;

    public void Dot<TLanes, TVector>(int firstGroup, int endGroup, float* input, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        // The vector may be wider than the block, but then a narrower one is at hand.
        if (GroupHeight >= TLanes.Count)
            DotParts<TLanes, TVector>(firstGroup, endGroup, input, sums);
        else if (GroupHeight == 8)
            DotParts<Lanes256, Vector256<float>>(firstGroup, endGroup, input, sums);
        else
            DotParts<Lanes128, Vector128<float>>(firstGroup, endGroup, input, sums);
    }

    public void Accumulate<TLanes, TVector>(int firstGroup, int groups, float* tile, int vectors, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        for (var group = firstGroup; group < firstGroup + groups; group++)
        {
            var column = _columns + _starts[group];
            var value = _values + (nint)_starts[group] * GroupHeight;
            var count = _starts[group + 1] - _starts[group];
            for (var part = 0; part < GroupHeight; part += 4)
            {
                switch (vectors)
                {
                    case 1: Tile1<TLanes, TVector>(column, value + part, GroupHeight, count, tile, sums); break;
                    case 2: Tile2<TLanes, TVector>(column, value + part, GroupHeight, count, tile, sums); break;
                    case 3: Tile3<TLanes, TVector>(column, value + part, GroupHeight, count, tile, sums); break;
                    default: Tile4<TLanes, TVector>(column, value + part, GroupHeight, count, tile, sums); break;
                }
                sums += 4 * vectors * TLanes.Count;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DotParts<TLanes, TVector>(int firstGroup, int endGroup, float* input, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        nint height = GroupHeight;
        for (var group = firstGroup; group < endGroup; group++)
            for (nint part = 0; part < height; part += TLanes.Count)
            {
                var column = _columns + _starts[group];
                var value = _values + _starts[group] * height + part;
                var count = _starts[group + 1] - _starts[group];
                TVector a = default, b = default, c = default, d = default;
                for (; count >= 4; count -= 4, column += 4, value += 4 * height)
                {
                    a = TLanes.MultiplyAdd(TLanes.Broadcast(input[Index(column[0])]), TLanes.Load(value), a);
                    b = TLanes.MultiplyAdd(TLanes.Broadcast(input[Index(column[1])]), TLanes.Load(value + height), b);
                    c = TLanes.MultiplyAdd(TLanes.Broadcast(input[Index(column[2])]), TLanes.Load(value + 2 * height), c);
                    d = TLanes.MultiplyAdd(TLanes.Broadcast(input[Index(column[3])]), TLanes.Load(value + 3 * height), d);
                }
                for (; count > 0; count--, column++, value += height)
                    a = TLanes.MultiplyAdd(TLanes.Broadcast(input[Index(column[0])]), TLanes.Load(value), a);
                TLanes.Store(sums, TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)));
                sums += TLanes.Count;
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Index(TColumn column) => nint.CreateTruncating(column);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1<TLanes, TVector>(TColumn* column, float* value, nint height, int count, float* tile, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (; count >= 2; count -= 2, column += 2, value += 2 * height)
        {
            var x = TLanes.Load(tile + Index(column[0]) * TLanes.Count);
            a = TLanes.MultiplyAdd(TLanes.Broadcast(value[0]), x, a);
            b = TLanes.MultiplyAdd(TLanes.Broadcast(value[1]), x, b);
            c = TLanes.MultiplyAdd(TLanes.Broadcast(value[2]), x, c);
            d = TLanes.MultiplyAdd(TLanes.Broadcast(value[3]), x, d);
            x = TLanes.Load(tile + Index(column[1]) * TLanes.Count);
            e = TLanes.MultiplyAdd(TLanes.Broadcast(value[height]), x, e);
            f = TLanes.MultiplyAdd(TLanes.Broadcast(value[height + 1]), x, f);
            g = TLanes.MultiplyAdd(TLanes.Broadcast(value[height + 2]), x, g);
            h = TLanes.MultiplyAdd(TLanes.Broadcast(value[height + 3]), x, h);
        }
        if (count > 0)
        {
            var x = TLanes.Load(tile + Index(column[0]) * TLanes.Count);
            a = TLanes.MultiplyAdd(TLanes.Broadcast(value[0]), x, a);
            b = TLanes.MultiplyAdd(TLanes.Broadcast(value[1]), x, b);
            c = TLanes.MultiplyAdd(TLanes.Broadcast(value[2]), x, c);
            d = TLanes.MultiplyAdd(TLanes.Broadcast(value[3]), x, d);
        }
        TLanes.Store(sums, TLanes.Add(a, e));
        TLanes.Store(sums + TLanes.Count, TLanes.Add(b, f));
        TLanes.Store(sums + 2 * TLanes.Count, TLanes.Add(c, g));
        TLanes.Store(sums + 3 * TLanes.Count, TLanes.Add(d, h));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2<TLanes, TVector>(TColumn* column, float* value, nint height, int count, float* tile, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (; count > 0; count--, column++, value += height)
        {
            var x = tile + Index(column[0]) * (2 * TLanes.Count);
            var x0 = TLanes.Load(x);
            var x1 = TLanes.Load(x + TLanes.Count);
            var v = TLanes.Broadcast(value[0]);
            a0 = TLanes.MultiplyAdd(v, x0, a0);
            a1 = TLanes.MultiplyAdd(v, x1, a1);
            v = TLanes.Broadcast(value[1]);
            b0 = TLanes.MultiplyAdd(v, x0, b0);
            b1 = TLanes.MultiplyAdd(v, x1, b1);
            v = TLanes.Broadcast(value[2]);
            c0 = TLanes.MultiplyAdd(v, x0, c0);
            c1 = TLanes.MultiplyAdd(v, x1, c1);
            v = TLanes.Broadcast(value[3]);
            d0 = TLanes.MultiplyAdd(v, x0, d0);
            d1 = TLanes.MultiplyAdd(v, x1, d1);
        }
        Store2<TLanes, TVector>(sums, a0, a1);
        Store2<TLanes, TVector>(sums + 2 * TLanes.Count, b0, b1);
        Store2<TLanes, TVector>(sums + 4 * TLanes.Count, c0, c1);
        Store2<TLanes, TVector>(sums + 6 * TLanes.Count, d0, d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile3<TLanes, TVector>(TColumn* column, float* value, nint height, int count, float* tile, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector a0 = default, a1 = default, a2 = default, b0 = default, b1 = default, b2 = default;
        TVector c0 = default, c1 = default, c2 = default, d0 = default, d1 = default, d2 = default;
        for (; count > 0; count--, column++, value += height)
        {
            var x = tile + Index(column[0]) * (3 * TLanes.Count);
            var x0 = TLanes.Load(x);
            var x1 = TLanes.Load(x + TLanes.Count);
            var x2 = TLanes.Load(x + 2 * TLanes.Count);
            var v = TLanes.Broadcast(value[0]);
            a0 = TLanes.MultiplyAdd(v, x0, a0);
            a1 = TLanes.MultiplyAdd(v, x1, a1);
            a2 = TLanes.MultiplyAdd(v, x2, a2);
            v = TLanes.Broadcast(value[1]);
            b0 = TLanes.MultiplyAdd(v, x0, b0);
            b1 = TLanes.MultiplyAdd(v, x1, b1);
            b2 = TLanes.MultiplyAdd(v, x2, b2);
            v = TLanes.Broadcast(value[2]);
            c0 = TLanes.MultiplyAdd(v, x0, c0);
            c1 = TLanes.MultiplyAdd(v, x1, c1);
            c2 = TLanes.MultiplyAdd(v, x2, c2);
            v = TLanes.Broadcast(value[3]);
            d0 = TLanes.MultiplyAdd(v, x0, d0);
            d1 = TLanes.MultiplyAdd(v, x1, d1);
            d2 = TLanes.MultiplyAdd(v, x2, d2);
        }
        var pitch = 3 * TLanes.Count;
        Store2<TLanes, TVector>(sums, a0, a1);
        TLanes.Store(sums + 2 * TLanes.Count, a2);
        Store2<TLanes, TVector>(sums + pitch, b0, b1);
        TLanes.Store(sums + pitch + 2 * TLanes.Count, b2);
        Store2<TLanes, TVector>(sums + 2 * pitch, c0, c1);
        TLanes.Store(sums + 2 * pitch + 2 * TLanes.Count, c2);
        Store2<TLanes, TVector>(sums + 3 * pitch, d0, d1);
        TLanes.Store(sums + 3 * pitch + 2 * TLanes.Count, d2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4<TLanes, TVector>(TColumn* column, float* value, nint height, int count, float* tile, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        TVector c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
        for (; count > 0; count--, column++, value += height)
        {
            var x = tile + Index(column[0]) * (4 * TLanes.Count);
            var x0 = TLanes.Load(x);
            var x1 = TLanes.Load(x + TLanes.Count);
            var x2 = TLanes.Load(x + 2 * TLanes.Count);
            var x3 = TLanes.Load(x + 3 * TLanes.Count);
            var v = TLanes.Broadcast(value[0]);
            a0 = TLanes.MultiplyAdd(v, x0, a0);
            a1 = TLanes.MultiplyAdd(v, x1, a1);
            a2 = TLanes.MultiplyAdd(v, x2, a2);
            a3 = TLanes.MultiplyAdd(v, x3, a3);
            v = TLanes.Broadcast(value[1]);
            b0 = TLanes.MultiplyAdd(v, x0, b0);
            b1 = TLanes.MultiplyAdd(v, x1, b1);
            b2 = TLanes.MultiplyAdd(v, x2, b2);
            b3 = TLanes.MultiplyAdd(v, x3, b3);
            v = TLanes.Broadcast(value[2]);
            c0 = TLanes.MultiplyAdd(v, x0, c0);
            c1 = TLanes.MultiplyAdd(v, x1, c1);
            c2 = TLanes.MultiplyAdd(v, x2, c2);
            c3 = TLanes.MultiplyAdd(v, x3, c3);
            v = TLanes.Broadcast(value[3]);
            d0 = TLanes.MultiplyAdd(v, x0, d0);
            d1 = TLanes.MultiplyAdd(v, x1, d1);
            d2 = TLanes.MultiplyAdd(v, x2, d2);
            d3 = TLanes.MultiplyAdd(v, x3, d3);
        }
        var half = 2 * TLanes.Count;
        Store2<TLanes, TVector>(sums, a0, a1);
        Store2<TLanes, TVector>(sums + half, a2, a3);
        Store2<TLanes, TVector>(sums + 2 * half, b0, b1);
        Store2<TLanes, TVector>(sums + 3 * half, b2, b3);
        Store2<TLanes, TVector>(sums + 4 * half, c0, c1);
        Store2<TLanes, TVector>(sums + 5 * half, c2, c3);
        Store2<TLanes, TVector>(sums + 6 * half, d0, d1);
        Store2<TLanes, TVector>(sums + 7 * half, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store2<TLanes, TVector>(float* sums, TVector first, TVector second)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TLanes.Store(sums, first);
        TLanes.Store(sums + TLanes.Count, second);
    }
}
