using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
namespace Frugal.Kernels;

/// <summary>Sixteen floats: AVX-512.</summary>
internal readonly unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    public static int Count => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    public static Vector512<float> LoadPartial(float* source, int count)
    {
        var lanes = Vector512<float>.Zero;
        Unsafe.CopyBlockUnaligned(&lanes, source, (uint)count * sizeof(float));
        return lanes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector512<float> value) => value.Store(target);

    public static void StorePartial(float* target, int count, Vector512<float> value) =>
        Unsafe.CopyBlockUnaligned(target, &value, (uint)count * sizeof(float));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> left, Vector512<float> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> left, Vector512<float> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> left, Vector512<float> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> left, Vector512<float> right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> addend) =>
        Vector512.MultiplyAddEstimate(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(Vector512<float> left, Vector512<float> right) => Vector512.Max(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Min(Vector512<float> left, Vector512<float> right) => Vector512.Min(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Abs(Vector512<float> value) => Vector512.Abs(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> value) => Vector512.Round(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> PowerOfTwo(Vector512<float> exponent) =>
        ((Vector512.ConvertToInt32Native(exponent) + Vector512.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SelectLess(Vector512<float> left, Vector512<float> right, Vector512<float> yes, Vector512<float> no) =>
        Vector512.ConditionalSelect(Vector512.LessThan(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint LessMask(Vector512<float> left, Vector512<float> right) => (uint)Vector512.LessThan(left, right).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(byte* target, Vector512<float> value) =>
        Avx512F.ConvertToVector128Byte(Vector512.ConvertToInt32Native(value)).Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Dequantize(int* sums, int* columnSums, int zero) =>
        Vector512.ConvertToSingle(Vector512.Load(sums) - Vector512.Load(columnSums) * Vector512.Create(zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SignedBits(int* words, int left, int right) => Vector512.ConvertToSingle((Vector512.Load(words) << left) >> right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> value) => Vector512.Sum(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(float* source, nint sourcePitch, float* target, nint targetPitch)
    {
        for (var column = 0; column < 16; column += 4, source += 4, target += 4 * targetPitch)
        {
            // Rows r, r + 4, r + 8 and r + 12 share a register, a quarter each, so that what is left are transposes of four within the quarters.
            var a = Four(source, 4 * sourcePitch);
            var b = Four(source + sourcePitch, 4 * sourcePitch);
            var c = Four(source + 2 * sourcePitch, 4 * sourcePitch);
            var d = Four(source + 3 * sourcePitch, 4 * sourcePitch);
            var ac0 = Avx512F.UnpackLow(a, c);
            var ac1 = Avx512F.UnpackHigh(a, c);
            var bd0 = Avx512F.UnpackLow(b, d);
            var bd1 = Avx512F.UnpackHigh(b, d);
            Avx512F.UnpackLow(ac0, bd0).Store(target);
            Avx512F.UnpackHigh(ac0, bd0).Store(target + targetPitch);
            Avx512F.UnpackLow(ac1, bd1).Store(target + 2 * targetPitch);
            Avx512F.UnpackHigh(ac1, bd1).Store(target + 3 * targetPitch);
        }
    }

    /// <summary>Inserts from memory cost a load and no shuffle, of which there is one unit on many processors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Four(float* source, nint distance)
    {
        var four = Vector128.Load(source).ToVector256Unsafe().ToVector512Unsafe();
        four = Avx512F.InsertVector128(four, Vector128.Load(source + distance), 1);
        four = Avx512F.InsertVector128(four, Vector128.Load(source + 2 * distance), 2);
        return Avx512F.InsertVector128(four, Vector128.Load(source + 3 * distance), 3);
    }
}
