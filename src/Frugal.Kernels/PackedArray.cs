using System.Runtime.InteropServices;

namespace Frugal.Kernels;

/// <summary>One array of a packed layer as it stands in a file: element type, one dimension, little-endian bytes.</summary>
/// <param name="Element">Element type.</param>
/// <param name="Length">Elements.</param>
/// <param name="Data">The elements' bytes, in order, without padding.</param>
public sealed record PackedArray(PackedElement Element, int Length, ReadOnlyMemory<byte> Data)
{
    /// <summary>Bytes an element takes.</summary>
    public static int ElementBytes(PackedElement element) => element switch
    {
        PackedElement.Int8 or PackedElement.UInt8 => sizeof(byte),
        PackedElement.UInt16 => sizeof(ushort),
        _ => sizeof(int),
    };

    internal static PackedArray Of<T>(PackedElement element, ReadOnlySpan<T> values) where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Packed layers are stored little-endian; this processor is big-endian.");
        return new(element, values.Length, MemoryMarshal.AsBytes(values).ToArray());
    }
}
