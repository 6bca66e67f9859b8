using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Frugal.Kernels;

/// <summary>Decodes whole panels of weights of a few bits into bytes: for many rows that is done once, and the products are those of int8.</summary>
internal static unsafe class LowBitDecoder
{
    /// <param name="codes">Codes of <paramref name="steps"/> steps.</param>
    /// <param name="values">What the codes stand for, sixteen values.</param>
    /// <param name="target">Receives 64 bytes a step.</param>
    public static void Run(bool isAvx512, int bits, byte* codes, int steps, Vector128<sbyte> values, sbyte* target)
    {
        if (isAvx512)
            RunAvx512(bits, codes, steps, Vector512.Create(Vector256.Create(values)), target);
        else
            RunPortable(bits, codes, steps, values, target);
    }

    private static void RunAvx512(int bits, byte* codes, int steps, Vector512<sbyte> values, sbyte* target)
    {
        if (bits == 4)
            RunHalves(codes, steps, values, target);
        else
            RunQuarters(hasHighBits: bits == 3, codes, steps, values, target);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunHalves(byte* codes, int steps, Vector512<sbyte> values, sbyte* target)
    {
        var shifts = Vector512.Create(Vector256<uint>.Zero, Vector256.Create(4u));
        var mask = Vector512.Create((byte)15);
        for (; steps > 0; steps--, codes += 32, target += Panel.StepBytes)
        {
            var index = Avx512F.ShiftRightLogicalVariable(Avx512F.BroadcastVector256ToVector512((ulong*)codes).AsUInt32(), shifts).AsByte() & mask;
            Avx512BW.Shuffle(values, index.AsSByte()).Store(target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunQuarters(bool hasHighBits, byte* codes, int steps, Vector512<sbyte> values, sbyte* target)
    {
        var shifts = Vector512.Create(0u, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4, 6, 6, 6, 6);
        var mask = Vector512.Create((byte)3);
        var stepBytes = hasHighBits ? 24 : 16;
        for (; steps > 0; steps--, codes += stepBytes, target += Panel.StepBytes)
        {
            var index = Avx512F.ShiftRightLogicalVariable(Avx512F.BroadcastVector128ToVector512((uint*)codes), shifts).AsByte() & mask;
            if (hasHighBits)
                index |= HighBits(*(ulong*)(codes + 16));
            Avx512BW.Shuffle(values, index.AsSByte()).Store(target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunPortable(int bits, byte* codes, int steps, Vector128<sbyte> values, sbyte* target)
    {
        var stepBytes = LowBitLayout.StepBytes(bits);
        for (; steps > 0; steps--, codes += stepBytes, target += Panel.StepBytes)
            for (var quarter = 0; quarter < 4; quarter++)
            {
                Vector128<byte> index;
                if (bits == 4)
                {
                    index = (Vector128.Load((uint*)(codes + quarter % 2 * 16)) >> quarter / 2 * 4).AsByte() & Vector128.Create((byte)15);
                }
                else
                {
                    index = (Vector128.Load((uint*)codes) >> quarter * 2).AsByte() & Vector128.Create((byte)3);
                    if (bits == 3)
                        index |= HighBits(*(ushort*)(codes + 16 + 2 * quarter));
                }
                Vector128.ShuffleNative(values, index.AsSByte()).Store(target + quarter * 16);
            }
    }

    /// <summary>4 in each byte whose bit is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> HighBits(ulong bits)
    {
        // Each byte gets the byte of its bit, and keeps that bit alone.
        const ulong Ones = 0x0101010101010101;
        var spread = Vector512.Create(0, Ones, 2 * Ones, 3 * Ones, 4 * Ones, 5 * Ones, 6 * Ones, 7 * Ones).AsByte();
        var single = Avx512BW.Shuffle(Vector512.Create(bits).AsByte(), spread) & Vector512.Create(0x8040201008040201UL).AsByte();
        return Vector512.AndNot(Vector512.Create((byte)4), Vector512.Equals(single, Vector512<byte>.Zero));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> HighBits(ushort bits)
    {
        var spread = Vector128.Create(Vector64.Create((byte)bits), Vector64.Create((byte)(bits >> 8)));
        var single = spread & Vector128.Create(0x8040201008040201UL).AsByte();
        return Vector128.AndNot(Vector128.Create((byte)4), Vector128.Equals(single, Vector128<byte>.Zero));
    }
}
