namespace Frugal.Kernels;

/// <summary>What the codes of a <see cref="PackedLowBit"/> stand for, times the scale of each output.</summary>
public enum LowBitValues
{
    /// <summary>-1, 0 and 1 in 2 bits. Weights must have these values exactly.</summary>
    Ternary,

    /// <summary>±1, ±2, ±4 … up to ±128 in 2, 3 or 4 bits, as many as the weights need (DenseShift, 2208.09708). Weights must have these values exactly.</summary>
    Shift,

    /// <summary>-7 to 7 in 4 bits; weights are rounded to them.</summary>
    Int4,
}
