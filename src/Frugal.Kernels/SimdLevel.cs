namespace Frugal.Kernels;

/// <summary>Instruction sets that a kernel can be written for, from the least to the most capable.</summary>
public enum SimdLevel
{
    /// <summary>128-bit vectors through the portable API: any processor .NET runs on.</summary>
    Portable,

    /// <summary>AVX2 with fused multiply-add: 256-bit vectors.</summary>
    Avx2,

    /// <summary>AVX-512 F, BW, DQ and VL: 512-bit vectors.</summary>
    Avx512,
}
