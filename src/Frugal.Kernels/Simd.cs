using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Frugal.Kernels;

/// <summary>What this processor offers to the kernels, as the runtime reports it.</summary>
public static class Simd
{
    private const byte Return = 0xC3;

    /// <summary>The highest level that the kernels may use in this process.</summary>
    public static SimdLevel Level { get; } =
        // The runtime calls 512-bit vectors accelerated only where they do not lower the clock.
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported
            ? CanAssemble() ? SimdLevel.Avx512Assembled : SimdLevel.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? SimdLevel.Avx2
        : SimdLevel.Portable;

    /// <summary>The processor has an instruction that is worth it, and the system lets programs make code.</summary>
    private static bool CanAssemble()
    {
        if (!CpuFeatures.HasAvx512Vnni && !CpuFeatures.HasAvx512Popcnt)
            return false;
        using var pages = ExecutablePages.TryCreate([Return]);
        return pages is not null;
    }
}
