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
