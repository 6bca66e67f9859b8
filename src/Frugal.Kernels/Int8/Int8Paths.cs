using System.Runtime.Intrinsics.X86;

namespace Frugal.Kernels;

/// <summary>Which paths there are.</summary>
internal static class Int8Paths
{
    public static bool IsSupported(Int8Path path) => path switch
    {
        Int8Path.Assembled => Int8Code.IsAvailable,
        Int8Path.AvxVnni => AvxVnni.IsSupported,
        Int8Path.Avx2 => Avx2.IsSupported,
        _ => true,
    };

    /// <summary>The fastest path at a level.</summary>
    public static Int8Path For(SimdLevel level) =>
        level == SimdLevel.Avx512Assembled && IsSupported(Int8Path.Assembled) ? Int8Path.Assembled
        : level >= SimdLevel.Avx2 ? IsSupported(Int8Path.AvxVnni) ? Int8Path.AvxVnni : Int8Path.Avx2
        : Int8Path.Portable;
}
