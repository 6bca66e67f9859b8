using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Shift weights as codes of n bits, one behind the other without gaps: bit i of code j is bit <c>(j n + i) mod 8</c> of byte <c>(j n + i) / 8</c>. A code is <c>(sign &lt;&lt; (n-1)) | S</c>.
/// </summary>
public static class ShiftCodes
{
    private const int BitsOfByte = 8;

    /// <summary>Bytes of so many codes: ⌈n · count / 8⌉.</summary>
    public static long NumBytes(long count, int bits) => (count * bits + BitsOfByte - 1) / BitsOfByte;

    /// <summary>Packs codes of a byte each.</summary>
    /// <param name="codes">Any shape, read row by row.</param>
    /// <param name="bits">Bits of a code.</param>
    /// <returns><c>[bytes]</c>.</returns>
    public static Tensor Pack(Tensor codes, int bits)
    {
        ArgumentNullException.ThrowIfNull(codes);
        using var scope = NewDisposeScope();
        byte[] packed = new byte[NumBytes(codes.numel(), bits)];
        long at = 0;
        foreach (byte code in codes.cpu().contiguous().bytes)
            for (int bit = 0; bit < bits; bit++, at++)
                packed[at / BitsOfByte] |= (byte)((code >> bit & 1) << (int)(at % BitsOfByte));
        return tensor(packed, dtype: uint8).MoveToOuterDisposeScope();
    }

    /// <summary>The weights <c>± 2^S</c> that packed codes stand for.</summary>
    /// <param name="packed"><c>[bytes]</c> on the CPU.</param>
    /// <param name="shape">Shape of the weights.</param>
    /// <param name="bits">Bits of a code.</param>
    public static Tensor Decode(ReadOnlySpan<byte> packed, long[] shape, int bits)
    {
        ArgumentNullException.ThrowIfNull(shape);
        float[] values = [.. Enumerable.Range(0, 1 << bits).Select(code => Value(code, bits))];
        float[] weights = new float[shape.Aggregate(1L, (product, side) => product * side)];
        for (long i = 0, at = 0; i < weights.LongLength; i++, at += bits)
        {
            int first = (int)(at / BitsOfByte), window = packed[first] | (first + 1 < packed.Length ? packed[first + 1] << BitsOfByte : 0);
            weights[i] = values[window >> (int)(at % BitsOfByte) & (values.Length - 1)];
        }
        return tensor(weights, shape);
    }

    /// <summary>The weight that a code stands for.</summary>
    public static float Value(int code, int bits)
    {
        int sign = 1 << (bits - 1);
        return (code & sign) == 0 ? MathF.ScaleB(1, code) : -MathF.ScaleB(1, code - sign);
    }
}
