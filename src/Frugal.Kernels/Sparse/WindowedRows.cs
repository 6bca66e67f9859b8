using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Frugal.Kernels;

/// <summary>
/// A second form of an unstructured weight for one row of input on AVX-512: sixteen outputs fill a vector, and in each step every one of them
/// takes its next weight, if that lies in the step's window of 32 inputs. A permutation of two registers then fetches sixteen inputs
/// at once, where a gather would load them one by one.
/// </summary>
/// <remarks>
///     step:    start of the window │ 16 values │ 16 places in the window, or "none"
/// The window begins at the first input that any of the sixteen still needs. With 90 % zeros in random places 69 % of the lanes are
/// filled. An empty lane has its input masked to zero, so that it adds nothing even where the input is not finite.
/// </remarks>
internal sealed class WindowedRows
{
    /// <summary>Outputs in a vector.</summary>
    public const int Strip = 16;

    private const int Window = 32;
    private const byte None = 0x80;

    private readonly AlignedBuffer<int> _starts;
    private readonly AlignedBuffer<ushort> _windows;
    private readonly AlignedBuffer<byte> _places;
    private readonly AlignedBuffer<float> _values;

    private WindowedRows(ReadOnlySpan<int> starts, ReadOnlySpan<ushort> windows, ReadOnlySpan<byte> places, ReadOnlySpan<float> values)
    {
        _starts = new(starts);
        _windows = new(windows);
        _places = new(places);
        _values = new(values);
    }

    public long Bytes => _starts.Bytes + _windows.Bytes + _places.Bytes + _values.Bytes;

    /// <summary>Builds the form, or returns null where it cannot be used: on other processors, and for inputs narrower than a window.</summary>
    public static WindowedRows? TryBuild(SparseBlocks rows)
    {
        if (Simd.Level < SimdLevel.Avx512 || rows.Height != 1 || rows.InFeatures < Window || rows.NarrowColumns is null)
            return null;
        var strips = (rows.OutFeatures + Strip - 1) / Strip;
        var starts = new int[strips + 1];
        var windows = new List<ushort>();
        var places = new List<byte>();
        var values = new List<float>();
        Span<int> next = stackalloc int[Strip];
        for (var strip = 0; strip < strips; strip++)
        {
            var outputs = Math.Min(Strip, rows.OutFeatures - strip * Strip);
            var starting = rows.Starts.Span.Slice(strip * Strip, outputs + 1);
            starting[..outputs].CopyTo(next);
            while (FirstNeeded(rows, next[..outputs], starting) is var first and < int.MaxValue)
            {
                // The last windows end with the input, and do not begin at the first weight needed.
                var window = Math.Min(first, rows.InFeatures - Window);
                windows.Add((ushort)window);
                for (var lane = 0; lane < Strip; lane++)
                {
                    var takes = lane < outputs && next[lane] < starting[lane + 1] && rows.Column(next[lane]) < window + Window;
                    places.Add(takes ? (byte)(rows.Column(next[lane]) - window) : None);
                    values.Add(takes ? rows.Values.Span[next[lane]++] : 0);
                }
            }
            starts[strip + 1] = windows.Count;
        }
        return new(starts, windows.ToArray(), places.ToArray(), values.ToArray());
    }

    /// <summary>Writes the sums of the outputs of some strips, padded to whole strips.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Dot(int firstStrip, int endStrip, float* input, float* sums)
    {
        var step = _starts.Pointer[firstStrip];
        var window = _windows.Pointer + step;
        var place = (sbyte*)_places.Pointer + (nint)step * Strip;
        var value = _values.Pointer + (nint)step * Strip;
        for (var strip = firstStrip; strip < endStrip; strip++)
        {
            var steps = _starts.Pointer[strip + 1] - _starts.Pointer[strip];
            Vector512<float> a = default, b = default;
            for (; steps >= 2; steps -= 2, window += 2, place += 2 * Strip, value += 2 * Strip)
            {
                a = Vector512.FusedMultiplyAdd(Vector512.Load(value), Fetch(input + window[0], place), a);
                b = Vector512.FusedMultiplyAdd(Vector512.Load(value + Strip), Fetch(input + window[1], place + Strip), b);
            }
            if (steps > 0)
            {
                a = Vector512.FusedMultiplyAdd(Vector512.Load(value), Fetch(input + window[0], place), a);
                window++;
                place += Strip;
                value += Strip;
            }
            (a + b).Store(sums);
            sums += Strip;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector512<float> Fetch(float* window, sbyte* place)
    {
        // Five bits choose among 32 inputs; the sign marks an empty lane and becomes a mask of ones.
        var index = Avx512F.ConvertToVector512Int32(Vector128.Load(place));
        var inputs = Avx512F.PermuteVar16x32x2(Vector512.Load(window), index, Vector512.Load(window + Window / 2));
        return Avx512F.AndNot(Avx512F.ShiftRightArithmetic(index, 31).AsInt32(), inputs.AsInt32()).AsSingle();
    }

    private static int FirstNeeded(SparseBlocks rows, ReadOnlySpan<int> next, ReadOnlySpan<int> starting)
    {
        var first = int.MaxValue;
        for (var lane = 0; lane < next.Length; lane++)
            if (next[lane] < starting[lane + 1])
                first = Math.Min(first, rows.Column(next[lane]));
        return first;
    }
}
