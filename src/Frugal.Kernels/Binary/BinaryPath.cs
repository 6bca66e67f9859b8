namespace Frugal.Kernels;

/// <summary>The ways to count signs that differ, all exact.</summary>
internal enum BinaryPath
{
    /// <summary>Bits counted by shifts and additions.</summary>
    Portable,

    /// <summary>Bits counted by table: two byte shuffles for 32 bytes.</summary>
    Avx2,

    /// <summary>Eight steps added by carry-save adders, so that bits are counted once for all of them.</summary>
    Avx512,

    /// <summary><c>VPOPCNTD</c> on 512 bits, assembled at run time.</summary>
    Assembled,
}

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
