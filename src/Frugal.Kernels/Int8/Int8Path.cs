namespace Frugal.Kernels;

/// <summary>The ways to sum products of bytes, all exact.</summary>
internal enum Int8Path
{
    /// <summary>Bytes widened to 32 bits.</summary>
    Portable,

    /// <summary>Bytes widened to 16 bits and multiplied by <c>VPMADDWD</c>: products of bytes by <c>VPMADDUBSW</c> would saturate.</summary>
    Avx2,

    /// <summary><c>VPDPBUSD</c> on 256 bits.</summary>
    AvxVnni,

    /// <summary><c>VPDPBUSD</c> on 512 bits, assembled at run time.</summary>
    Assembled,
}
