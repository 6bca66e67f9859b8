using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
namespace Frugal.Kernels;

/// <summary>Eight floats: AVX2 with fused multiply-add.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    public static int Count => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    public static Vector256<float> LoadPartial(float* source, int count)
    {
        var lanes = Vector256<float>.Zero;
        Unsafe.CopyBlockUnaligned(&lanes, source, (uint)count * sizeof(float));
        return lanes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector256<float> value) => value.Store(target);

    public static void StorePartial(float* target, int count, Vector256<float> value) =>
        Unsafe.CopyBlockUnaligned(target, &value, (uint)count * sizeof(float));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> left, Vector256<float> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> left, Vector256<float> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> left, Vector256<float> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Divide(Vector256<float> left, Vector256<float> right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> addend) =>
        Vector256.MultiplyAddEstimate(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Max(Vector256<float> left, Vector256<float> right) => Vector256.Max(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Min(Vector256<float> left, Vector256<float> right) => Vector256.Min(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Abs(Vector256<float> value) => Vector256.Abs(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Round(Vector256<float> value) => Vector256.Round(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> PowerOfTwo(Vector256<float> exponent) =>
        ((Vector256.ConvertToInt32Native(exponent) + Vector256.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SelectLess(Vector256<float> left, Vector256<float> right, Vector256<float> yes, Vector256<float> no) =>
        Vector256.ConditionalSelect(Vector256.LessThan(left, right), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint LessMask(Vector256<float> left, Vector256<float> right) => Vector256.LessThan(left, right).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(byte* target, Vector256<float> value)
    {
        var whole = Vector256.ConvertToInt32Native(value);
        var words = Sse41.PackUnsignedSaturate(whole.GetLower(), whole.GetUpper());
        *(ulong*)target = Sse2.PackUnsignedSaturate(words.AsInt16(), words.AsInt16()).AsUInt64().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Dequantize(int* sums, int* columnSums, int zero) =>
        Vector256.ConvertToSingle(Vector256.Load(sums) - Vector256.Load(columnSums) * Vector256.Create(zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SignedBits(int* words, int left, int right) => Vector256.ConvertToSingle((Vector256.Load(words) << left) >> right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> value) => Vector256.Sum(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(float* source, nint sourcePitch, float* target, nint targetPitch)
    {
        for (var column = 0; column < 8; column += 4, source += 4, target += 4 * targetPitch)
        {
            // Rows r and r + 4 share a register, a half each, so that what is left are transposes of four within the halves.
            var a = Pair(source, 4 * sourcePitch);
            var b = Pair(source + sourcePitch, 4 * sourcePitch);
            var c = Pair(source + 2 * sourcePitch, 4 * sourcePitch);
            var d = Pair(source + 3 * sourcePitch, 4 * sourcePitch);
            var ac0 = Avx.UnpackLow(a, c);
            var ac1 = Avx.UnpackHigh(a, c);
            var bd0 = Avx.UnpackLow(b, d);
            var bd1 = Avx.UnpackHigh(b, d);
            Avx.UnpackLow(ac0, bd0).Store(target);
            Avx.UnpackHigh(ac0, bd0).Store(target + targetPitch);
            Avx.UnpackLow(ac1, bd1).Store(target + 2 * targetPitch);
            Avx.UnpackHigh(ac1, bd1).Store(target + 3 * targetPitch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pair(float* source, nint distance) =>
        Avx.InsertVector128(Vector128.Load(source).ToVector256Unsafe(), Vector128.Load(source + distance), 1);
}
