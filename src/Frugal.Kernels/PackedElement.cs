namespace Frugal.Kernels;

/// <summary>Element types of a <see cref="PackedArray"/>, all little-endian; the names in brackets are safetensors'.</summary>
public enum PackedElement
{
    /// <summary>32-bit floating point (F32).</summary>
    Float32,

    /// <summary>Signed 32-bit integer (I32).</summary>
    Int32,

    /// <summary>Unsigned 16-bit integer (U16).</summary>
    UInt16,

    /// <summary>Signed 8-bit integer (I8).</summary>
    Int8,

    /// <summary>Unsigned 8-bit integer (U8).</summary>
    UInt8,
}
