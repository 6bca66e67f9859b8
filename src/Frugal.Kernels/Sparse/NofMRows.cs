using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Frugal.Kernels;

/// <summary>
/// The form of an N:M weight for few rows of input on AVX-512: sixteen outputs fill a vector, and for each group of M inputs an output has N values and N places of four bits. The group is loaded
/// once, and a permutation brings each output the inputs of its places.
/// </summary>
/// <remarks>
///     group 0:  16 bytes, two places each │ 16 values │ 16 values      group 1: …
/// The group takes the lowest lanes of a register whose others are zero: a place that holds nothing names one of those, so that it adds nothing even where the input is not finite.
/// </remarks>
internal sealed class NofMRows
{
    /// <summary>Outputs in a vector.</summary>
    public const int Strip = 16;

    /// <summary>The place of a value that is not there: a lane behind the inputs of a group.</summary>
    public const int None = 15;

    private readonly int _n;
    private readonly int _m;
    private readonly int _inFeatures;
    private readonly AlignedBuffer<byte> _places;
    private readonly AlignedBuffer<float> _values;

    private NofMRows(SparseBlocks rows, int n, int m)
    {
        (_n, _m, _inFeatures) = (n, m, rows.InFeatures);
        var strips = (rows.OutFeatures + Strip - 1) / Strip;
        _places = new(checked(strips * Groups * Pairs * Strip));
        _values = new(checked(strips * Groups * n * Strip));
        _places.Span.Fill(None << 4 | None);
        for (var output = 0; output < rows.OutFeatures; output++)
            for (int block = rows.Starts.Span[output], group = -1, slot = 0; block < rows.Starts.Span[output + 1]; block++, slot++)
            {
                var column = rows.Column(block);
                if (column / m != group)
                    (group, slot) = (column / m, 0);
                var at = output / Strip * Groups + group;
                ref var places = ref _places.Span[(at * Pairs + slot / 2) * Strip + output % Strip];
                places = (byte)(slot % 2 == 0 ? places & 0xF0 | column % m : places & 0x0F | column % m << 4);
                _values.Span[(at * n + slot) * Strip + output % Strip] = rows.Values.Span[block];
            }
    }

    public long Bytes => _places.Bytes + _values.Bytes;

    private int Groups => (_inFeatures + _m - 1) / _m;

    private int Pairs => (_n + 1) / 2;

    /// <summary>Builds the form, or returns null on processors that cannot use it.</summary>
    public static NofMRows? TryBuild(SparseBlocks rows, int n, int m) => Simd.Level >= SimdLevel.Avx512 ? new(rows, n, m) : null;

    /// <summary>Writes the sums of the outputs of some strips, padded to whole strips.</summary>
    public unsafe void Dot(int firstStrip, int endStrip, float* input, float* sums)
    {
        // The last group may end behind the input, where nothing may be read.
        var last = stackalloc float[8];
        var whole = _inFeatures / _m;
        new Span<float>(last, 8).Clear();
        new Span<float>(input + whole * _m, _inFeatures - whole * _m).CopyTo(new(last, 8));
        for (var strip = firstStrip; strip < endStrip; strip++, sums += Strip)
        {
            var place = _places.Pointer + (nint)strip * Groups * Pairs * Strip;
            var value = _values.Pointer + (nint)strip * Groups * _n * Strip;
            var sum = _n == 2
                ? _m == 4 ? Two4(place, value, input, whole) : Two8(place, value, input, whole)
                : Any(place, value, input, whole);
            if (whole < Groups)
                sum += Any(place + (nint)whole * Pairs * Strip, value + (nint)whole * _n * Strip, last, groups: 1);
            sum.Store(sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe Vector512<float> Two4(byte* place, float* value, float* input, int groups)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (; groups >= 2; groups -= 2, place += 2 * Strip, value += 4 * Strip, input += 8)
        {
            var x = Vector128.Load(input).ToVector256().ToVector512();
            var y = Vector128.Load(input + 4).ToVector256().ToVector512();
            var places = Places(place);
            a = Vector512.FusedMultiplyAdd(Vector512.Load(value), Avx512F.PermuteVar16x32(x, places), a);
            b = Vector512.FusedMultiplyAdd(Vector512.Load(value + Strip), Avx512F.PermuteVar16x32(x, places >>> 4), b);
            places = Places(place + Strip);
            c = Vector512.FusedMultiplyAdd(Vector512.Load(value + 2 * Strip), Avx512F.PermuteVar16x32(y, places), c);
            d = Vector512.FusedMultiplyAdd(Vector512.Load(value + 3 * Strip), Avx512F.PermuteVar16x32(y, places >>> 4), d);
        }
        if (groups > 0)
        {
            var x = Vector128.Load(input).ToVector256().ToVector512();
            var places = Places(place);
            a = Vector512.FusedMultiplyAdd(Vector512.Load(value), Avx512F.PermuteVar16x32(x, places), a);
            b = Vector512.FusedMultiplyAdd(Vector512.Load(value + Strip), Avx512F.PermuteVar16x32(x, places >>> 4), b);
        }
        return a + b + (c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe Vector512<float> Two8(byte* place, float* value, float* input, int groups)
    {
        Vector512<float> a = default, b = default;
        for (; groups > 0; groups--, place += Strip, value += 2 * Strip, input += 8)
        {
            var x = Vector256.Load(input).ToVector512();
            var places = Places(place);
            a = Vector512.FusedMultiplyAdd(Vector512.Load(value), Avx512F.PermuteVar16x32(x, places), a);
            b = Vector512.FusedMultiplyAdd(Vector512.Load(value + Strip), Avx512F.PermuteVar16x32(x, places >>> 4), b);
        }
        return a + b;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe Vector512<float> Any(byte* place, float* value, float* input, int groups)
    {
        Vector512<float> a = default, b = default;
        for (; groups > 0; groups--, input += _m)
        {
            var x = _m == 4 ? Vector128.Load(input).ToVector256().ToVector512() : Vector256.Load(input).ToVector512();
            for (var slot = 0; slot < _n; slot += 2, place += Strip)
            {
                var places = Places(place);
                a = Vector512.FusedMultiplyAdd(Vector512.Load(value), Avx512F.PermuteVar16x32(x, places), a);
                value += Strip;
                if (slot + 1 == _n)
                    continue;
                b = Vector512.FusedMultiplyAdd(Vector512.Load(value), Avx512F.PermuteVar16x32(x, places >>> 4), b);
                value += Strip;
            }
        }
        return a + b;
    }

    /// <summary>Permutations look at the lowest four bits alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector512<int> Places(byte* place) => Avx512F.ConvertToVector512Int32(Vector128.Load(place));
}
