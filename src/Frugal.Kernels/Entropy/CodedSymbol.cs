using System.Numerics;

namespace Frugal.Kernels;

/// <summary>A symbol's part of the range, with what it takes to divide by its width without a division.</summary>
internal readonly struct CodedSymbol
{
    private readonly ulong _reciprocal;
    private readonly int _shift;

    public CodedSymbol(uint start, uint width)
    {
        (Start, Width) = (start, width);
        // The reciprocal is rounded up with a bit more than the widest dividend has, 63: then the quotient is exact (Granlund and Montgomery 1994, theorem 4.2). Width 1 would need 2^64.
        _shift = width == 1 ? 0 : BitOperations.Log2(width - 1);
        _reciprocal = width == 1 ? ulong.MaxValue : (ulong)((((UInt128)1 << (64 + _shift)) + width - 1) / width);
    }

    /// <summary>Where it begins in the range.</summary>
    public uint Start { get; }

    /// <summary>Its width.</summary>
    public uint Width { get; }

    /// <summary>From this state on a word must be put out before the symbol goes in.</summary>
    public ulong Limit => (ulong)Width << (RangeCoder.LowestBits + 32 - CdfQuantizer.Precision);

    /// <summary>The state after the symbol went in: <c>(x div width) · 2^16 + x mod width + start</c>.</summary>
    public ulong Push(ulong state)
    {
        ulong quotient = Width == 1 ? state : Math.BigMul(state, _reciprocal, out _) >> _shift;
        return (quotient << CdfQuantizer.Precision) + (state - quotient * Width) + Start;
    }
}
