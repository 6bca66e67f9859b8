using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Frugal.Kernels;

/// <summary>Twice the number of differing signs without assembled code: each writes <c>[rows, panels · 16]</c> for rows of codes and panels of weights.</summary>
internal static unsafe class BinarySums
{
    // A byte counts at most eight ones a step.
    private const int StepsOfByte = 255 / 8;

    /// <summary>Adders keep the counts of a lane's bits as bit planes: ones, twos and fours, and what overflows into eights is counted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunAvx512(byte* codes, nint pitch, int rows, byte* weights, int steps, int panels, int* sums)
    {
        var width = panels * Panel.Outputs;
        for (var panel = 0; panel < panels; panel++, weights += (nint)steps * Panel.StepBytes, sums += Panel.Outputs)
            for (var row = 0; row < rows; row++)
            {
                var x = (int*)(codes + row * pitch);
                var w = (int*)weights;
                Vector512<int> ones = default, twos = default, fours = default, eights = default;
                var step = 0;
                for (; step + 8 <= steps; step += 8, x += 8, w += 8 * Panel.Outputs)
                {
                    var (twoA, a) = AddBits(ones, Differing(x, w, 0), Differing(x, w, 1));
                    var (twoB, b) = AddBits(a, Differing(x, w, 2), Differing(x, w, 3));
                    var (fourA, c) = AddBits(twos, twoA, twoB);
                    (twoA, a) = AddBits(b, Differing(x, w, 4), Differing(x, w, 5));
                    (twoB, ones) = AddBits(a, Differing(x, w, 6), Differing(x, w, 7));
                    (var fourB, twos) = AddBits(c, twoA, twoB);
                    (var carry, fours) = AddBits(fours, fourA, fourB);
                    eights += CountOnes(carry);
                }
                var count = (eights << 3) + (CountOnes(fours) << 2) + (CountOnes(twos) << 1) + CountOnes(ones);
                for (; step < steps; step++, x++, w += Panel.Outputs)
                    count += CountOnes(Differing(x, w, 0));
                (count + count).Store(sums + row * width);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunAvx2(byte* codes, nint pitch, int rows, byte* weights, int steps, int panels, int* sums)
    {
        const int Half = Panel.Outputs / 2;
        var width = panels * Panel.Outputs;
        var table = Vector256.Create(Vector128.Create((byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
        var nibble = Vector256.Create((byte)0x0F);
        for (var panel = 0; panel < panels; panel++, weights += (nint)steps * Panel.StepBytes, sums += Panel.Outputs)
            for (var row = 0; row < rows; row++)
                for (var half = 0; half < Panel.Outputs; half += Half)
                {
                    var x = (int*)(codes + row * pitch);
                    var w = (int*)weights + half;
                    Vector256<int> count = default;
                    for (var step = 0; step < steps;)
                    {
                        Vector256<byte> bytes = default;
                        for (var end = Math.Min(step + StepsOfByte, steps); step < end; step++, x++, w += Panel.Outputs)
                        {
                            var differing = (Vector256.Create(*x) ^ Vector256.Load(w)).AsByte();
                            bytes += Avx2.Shuffle(table, differing & nibble);
                            bytes += Avx2.Shuffle(table, (differing.AsUInt16() >> 4).AsByte() & nibble);
                        }
                        var words = Avx2.MultiplyAddAdjacent(bytes, Vector256.Create((sbyte)1));
                        count += Avx2.MultiplyAddAdjacent(words, Vector256.Create((short)1));
                    }
                    (count + count).Store(sums + row * width + half);
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunPortable(byte* codes, nint pitch, int rows, byte* weights, int steps, int panels, int* sums)
    {
        var width = panels * Panel.Outputs;
        var (pairs, fours, bytes) = (Vector128.Create(0x55555555u), Vector128.Create(0x33333333u), Vector128.Create(0x0F0F0F0Fu));
        for (var row = 0; row < rows; row++)
            for (var output = 0; output < width; output += Vector128<int>.Count)
            {
                var x = (uint*)(codes + row * pitch);
                var w = (uint*)weights + (nint)(output / Panel.Outputs) * steps * Panel.Outputs + output % Panel.Outputs;
                Vector128<uint> count = default;
                for (var step = 0; step < steps; step++, x++, w += Panel.Outputs)
                {
                    var ones = Vector128.Create(*x) ^ Vector128.Load(w);
                    ones -= ones >> 1 & pairs;
                    ones = (ones & fours) + (ones >> 2 & fours);
                    ones = ones + (ones >> 4) & bytes;
                    count += ones * 0x01010101u >> 24;
                }
                (count + count).AsInt32().Store(sums + row * width + output);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Differing(int* x, int* w, int step) => Vector512.Create(x[step]) ^ Vector512.Load(w + step * Panel.Outputs);

    /// <summary>Adds three bits in each place: carry and sum. The controls are the truth tables of majority and of parity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<int> Carry, Vector512<int> Sum) AddBits(Vector512<int> a, Vector512<int> b, Vector512<int> c) =>
        (Avx512F.TernaryLogic(a, b, c, 0xE8), Avx512F.TernaryLogic(a, b, c, 0x96));

    /// <summary>The ones of each word, nibble by nibble from a table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> CountOnes(Vector512<int> words)
    {
        var table = Vector512.Create(Vector256.Create(Vector128.Create((byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4)));
        var nibble = Vector512.Create((byte)0x0F);
        var bytes = Avx512BW.Shuffle(table, words.AsByte() & nibble) + Avx512BW.Shuffle(table, (words >> 4).AsByte() & nibble);
        return Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(bytes, Vector512.Create((sbyte)1)), Vector512.Create((short)1));
    }
}
