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

    /// <summary>
    /// <see cref="Avx512"/> with instructions for which .NET has no intrinsic (512-bit <c>VPDPBUSD</c> and <c>VPOPCNTD</c>, as far as the
    /// processor has them), assembled at run time; only where the system lets programs make code.
    /// </summary>
    Avx512Assembled,
}
