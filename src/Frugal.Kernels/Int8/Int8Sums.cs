using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Frugal.Kernels;

/// <summary>The sums of products of bytes: each way writes <c>[rows, panels · 16]</c> for rows of codes and panels of weights.</summary>
internal static unsafe class Int8Sums
{
    public static void Run(Int8Path path, byte* codes, nint pitch, int rows, byte* weights, int steps, int panels, int* sums)
    {
        switch (path)
        {
            case Int8Path.Assembled: Int8Code.Functions.Run(codes, pitch, rows, weights, steps, panels, sums); break;
            case Int8Path.AvxVnni: RunAvxVnni(codes, pitch, rows, weights, steps, panels, sums); break;
            case Int8Path.Avx2: RunAvx2(codes, pitch, rows, weights, steps, panels, sums); break;
            default: RunPortable(codes, pitch, rows, weights, steps, panels, sums); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunAvxVnni(byte* codes, nint pitch, int rows, byte* weights, int steps, int panels, int* sums)
    {
        var width = panels * Panel.Outputs;
        for (var panel = 0; panel < panels; panel++, weights += (nint)steps * Panel.StepBytes, sums += Panel.Outputs)
        {
            var row = 0;
            for (; row + 4 <= rows; row += 4)
            {
                var x = codes + row * pitch;
                var w = (sbyte*)weights;
                Vector256<int> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
                for (var step = 0; step < steps; step++, x += sizeof(int), w += Panel.StepBytes)
                {
                    var w0 = Vector256.Load(w);
                    var w1 = Vector256.Load(w + Panel.StepBytes / 2);
                    var word = Word(x);
                    a0 = AvxVnni.MultiplyWideningAndAdd(a0, word, w0);
                    a1 = AvxVnni.MultiplyWideningAndAdd(a1, word, w1);
                    word = Word(x + pitch);
                    b0 = AvxVnni.MultiplyWideningAndAdd(b0, word, w0);
                    b1 = AvxVnni.MultiplyWideningAndAdd(b1, word, w1);
                    word = Word(x + 2 * pitch);
                    c0 = AvxVnni.MultiplyWideningAndAdd(c0, word, w0);
                    c1 = AvxVnni.MultiplyWideningAndAdd(c1, word, w1);
                    word = Word(x + 3 * pitch);
                    d0 = AvxVnni.MultiplyWideningAndAdd(d0, word, w0);
                    d1 = AvxVnni.MultiplyWideningAndAdd(d1, word, w1);
                }
                Store(sums + row * width, a0, a1);
                Store(sums + (row + 1) * width, b0, b1);
                Store(sums + (row + 2) * width, c0, c1);
                Store(sums + (row + 3) * width, d0, d1);
            }
            for (; row < rows; row++)
            {
                // Two steps at a time: four sums wait for each other less than two.
                var x = codes + row * pitch;
                var w = (sbyte*)weights;
                Vector256<int> a0 = default, a1 = default, b0 = default, b1 = default;
                for (var step = 0; step < steps; step += 2, x += 2 * sizeof(int), w += 2 * Panel.StepBytes)
                {
                    a0 = AvxVnni.MultiplyWideningAndAdd(a0, Word(x), Vector256.Load(w));
                    a1 = AvxVnni.MultiplyWideningAndAdd(a1, Word(x), Vector256.Load(w + Panel.StepBytes / 2));
                    b0 = AvxVnni.MultiplyWideningAndAdd(b0, Word(x + sizeof(int)), Vector256.Load(w + Panel.StepBytes));
                    b1 = AvxVnni.MultiplyWideningAndAdd(b1, Word(x + sizeof(int)), Vector256.Load(w + Panel.StepBytes / 2 * 3));
                }
                Store(sums + row * width, a0 + b0, a1 + b1);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunAvx2(byte* codes, nint pitch, int rows, byte* weights, int steps, int panels, int* sums)
    {
        var width = panels * Panel.Outputs;
        for (var panel = 0; panel < panels; panel++, weights += (nint)steps * Panel.StepBytes, sums += Panel.Outputs)
            for (var row = 0; row < rows; row += 2)
            {
                // An odd last row is computed twice: the second sums are written to the same place.
                var second = Math.Min(row + 1, rows - 1);
                var x = codes + row * pitch;
                var y = codes + second * pitch;
                var w = (sbyte*)weights;
                Vector256<int> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
                for (var step = 0; step < steps; step++, x += sizeof(int), y += sizeof(int), w += Panel.StepBytes)
                {
                    var xs = Avx2.ConvertToVector256Int16(Vector128.Create(*(uint*)x).AsByte());
                    var ys = Avx2.ConvertToVector256Int16(Vector128.Create(*(uint*)y).AsByte());
                    var four = Avx2.ConvertToVector256Int16(w);
                    a0 += Avx2.MultiplyAddAdjacent(xs, four);
                    b0 += Avx2.MultiplyAddAdjacent(ys, four);
                    four = Avx2.ConvertToVector256Int16(w + 16);
                    a1 += Avx2.MultiplyAddAdjacent(xs, four);
                    b1 += Avx2.MultiplyAddAdjacent(ys, four);
                    four = Avx2.ConvertToVector256Int16(w + 32);
                    a2 += Avx2.MultiplyAddAdjacent(xs, four);
                    b2 += Avx2.MultiplyAddAdjacent(ys, four);
                    four = Avx2.ConvertToVector256Int16(w + 48);
                    a3 += Avx2.MultiplyAddAdjacent(xs, four);
                    b3 += Avx2.MultiplyAddAdjacent(ys, four);
                }
                Store(sums + row * width, AddPairs(a0, a1), AddPairs(a2, a3));
                Store(sums + second * width, AddPairs(b0, b1), AddPairs(b2, b3));
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunPortable(byte* codes, nint pitch, int rows, byte* weights, int steps, int panels, int* sums)
    {
        var width = panels * Panel.Outputs;
        for (var row = 0; row < rows; row++)
            for (var output = 0; output < width; output += 4)
            {
                var x = codes + row * pitch;
                var w = (sbyte*)weights + (nint)(output / Panel.Outputs) * steps * Panel.StepBytes + output % Panel.Outputs * sizeof(int);
                Vector128<int> a = default, b = default, c = default, d = default;
                for (var step = 0; step < steps; step++, x += sizeof(int), w += Panel.StepBytes)
                {
                    var word = Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)x).AsByte())).AsInt32();
                    var (low, high) = Vector128.Widen(Vector128.Load(w));
                    a += Vector128.WidenLower(low) * word;
                    b += Vector128.WidenUpper(low) * word;
                    c += Vector128.WidenLower(high) * word;
                    d += Vector128.WidenUpper(high) * word;
                }
                Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d)).Store(sums + row * width + output);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Word(byte* codes) => Vector256.Create(*(uint*)codes).AsByte();

    /// <summary>Sums of pairs of inputs for outputs 0 to 3 and 4 to 7 become the eight outputs' sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> AddPairs(Vector256<int> first, Vector256<int> second) =>
        Avx2.Permute4x64(Avx2.HorizontalAdd(first, second).AsInt64(), 0b11_01_10_00).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* sums, Vector256<int> first, Vector256<int> second)
    {
        first.Store(sums);
        second.Store(sums + Panel.Outputs / 2);
    }
}
