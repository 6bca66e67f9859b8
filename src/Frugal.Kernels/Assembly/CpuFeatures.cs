using System.Runtime.Intrinsics.X86;

namespace Frugal.Kernels;

/// <summary>Instructions that this processor has and .NET has no intrinsic for, so that code which uses them is assembled at run time.</summary>
/// <remarks>
/// CPUID tells of the processor alone. Whether the operating system keeps the wide registers is taken from the runtime, which asked
/// it before it offered AVX-512, and so is a switch that turns AVX-512 off.
/// </remarks>
internal static class CpuFeatures
{
    private const int ExtendedFeatures = 7;

    /// <summary><c>VPDPBUSD</c> on 512 bits: four products of bytes added to each of sixteen sums.</summary>
    public static bool HasAvx512Vnni { get; } = HasAvx512Feature(bit: 11);

    /// <summary><c>VPEXPANDB</c> on 512 bits: neighbouring bytes spread to the places of a mask.</summary>
    public static bool HasAvx512Vbmi2 { get; } = HasAvx512Feature(bit: 6);

    /// <summary><c>VPOPCNTD</c> on 512 bits: the ones in each of sixteen words.</summary>
    public static bool HasAvx512Popcnt { get; } = HasAvx512Feature(bit: 14);

    /// <summary>A bit of ECX of CPUID leaf 7 (Intel's manual, volume 2A, table 3-8).</summary>
    private static bool HasAvx512Feature(int bit) =>
        Avx512F.IsSupported && Avx512BW.IsSupported && X86Base.X64.IsSupported
        && X86Base.CpuId(0, 0).Eax >= ExtendedFeatures
        && (X86Base.CpuId(ExtendedFeatures, 0).Ecx >> bit & 1) != 0;
}
