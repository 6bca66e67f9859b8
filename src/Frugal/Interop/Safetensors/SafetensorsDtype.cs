namespace Frugal.Interop;

/// <summary>Element types of the safetensors format, spelled as in the file except for the underscore-free case.</summary>
public enum SafetensorsDtype
{
    /// <summary>One byte per truth value, 0 or 1.</summary>
    Bool,
    /// <summary>Unsigned integer of 8 bits.</summary>
    U8,
    /// <summary>Signed integer of 8 bits.</summary>
    I8,
    /// <summary>Unsigned integer of 16 bits.</summary>
    U16,
    /// <summary>Signed integer of 16 bits.</summary>
    I16,
    /// <summary>Unsigned integer of 32 bits.</summary>
    U32,
    /// <summary>Signed integer of 32 bits.</summary>
    I32,
    /// <summary>Unsigned integer of 64 bits.</summary>
    U64,
    /// <summary>Signed integer of 64 bits.</summary>
    I64,
    /// <summary>IEEE half precision.</summary>
    F16,
    /// <summary>The upper 16 bits of a single-precision number.</summary>
    BF16,
    /// <summary>IEEE single precision.</summary>
    F32,
    /// <summary>IEEE double precision.</summary>
    F64,
    /// <summary>A complex number of two single-precision numbers.</summary>
    C64,
    /// <summary>8 bits: 5 of exponent, 2 of mantissa.</summary>
    F8E5M2,
    /// <summary>8 bits: 4 of exponent, 3 of mantissa.</summary>
    F8E4M3,
    /// <summary>8 bits of exponent: a power of two, for block scales.</summary>
    F8E8M0,
    /// <summary>6 bits: 2 of exponent, 3 of mantissa, packed.</summary>
    F6E2M3,
    /// <summary>6 bits: 3 of exponent, 2 of mantissa, packed.</summary>
    F6E3M2,
    /// <summary>4 bits: 2 of exponent, 1 of mantissa, packed two to a byte.</summary>
    F4,
}
