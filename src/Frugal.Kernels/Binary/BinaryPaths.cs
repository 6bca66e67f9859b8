namespace Frugal.Kernels;

/// <summary>Which paths there are.</summary>
internal static class BinaryPaths
{
    public static bool IsSupported(BinaryPath path) => path switch
    {
        BinaryPath.Assembled => BinaryCode.IsAvailable,
        BinaryPath.Avx512 => Simd.Level >= SimdLevel.Avx512,
        BinaryPath.Avx2 => Simd.Level >= SimdLevel.Avx2,
        _ => true,
    };

    /// <summary>The fastest path at a level.</summary>
    public static BinaryPath For(SimdLevel level) => level switch
    {
        SimdLevel.Avx512Assembled when IsSupported(BinaryPath.Assembled) => BinaryPath.Assembled,
        >= SimdLevel.Avx512 => BinaryPath.Avx512,
        SimdLevel.Avx2 => BinaryPath.Avx2,
        _ => BinaryPath.Portable,
    };
}
