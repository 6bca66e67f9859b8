using System.Buffers.Binary;
using System.Text;

namespace Frugal.Native;

/// <summary>
/// A 64-bit little-endian ELF shared library in memory, read the way the dynamic loader reads it: through its program
/// headers and dynamic section, not its section headers. Every access is checked against the length of the file.
/// </summary>
internal sealed class ElfImage
{
    private const int HeaderLength = 64, ProgramHeaderLength = 56, DynamicEntryLength = 16;
    private const uint SegmentLoad = 1, SegmentDynamic = 2;

    private readonly byte[] bytes;
    private readonly List<Segment> loaded = [];
    private readonly Dictionary<long, ulong> dynamic = [];

    /// <exception cref="NativeLoadException">The bytes are not such a library.</exception>
    public ElfImage(ReadOnlySpan<byte> library)
    {
        bytes = library.ToArray();
        if (bytes.Length < HeaderLength || !bytes.AsSpan(0, 4).SequenceEqual("\u007fELF"u8))
            throw Malformed("it does not start with an ELF header");
        if (bytes[4] != 2 || bytes[5] != 1)
            throw Malformed("it is not 64-bit little-endian");
        if (UInt16(16) != 3)
            throw Malformed("it is not a shared library");
        ReadProgramHeaders();
    }

    /// <summary>The file's bytes with the changes made so far.</summary>
    public byte[] Bytes => bytes;

    /// <summary>The value of an entry of the dynamic section.</summary>
    public ulong Dynamic(long tag) =>
        dynamic.TryGetValue(tag, out var value) ? value : throw Malformed($"its dynamic section has no entry 0x{tag:x}");

    /// <summary>The place in the file of what an entry of the dynamic section points to.</summary>
    public long OffsetOfDynamic(long tag)
    {
        var address = Dynamic(tag);
        foreach (var segment in loaded)
        {
            if (address >= segment.Address && address - segment.Address < segment.Length)
                return Checked(segment.Offset, address - segment.Address, 1);
        }
        throw Malformed($"address 0x{address:x} lies in no loaded segment");
    }

    public ushort UInt16(long offset) => BinaryPrimitives.ReadUInt16LittleEndian(At(offset, 2));

    public uint UInt32(long offset) => BinaryPrimitives.ReadUInt32LittleEndian(At(offset, 4));

    public ulong UInt64(long offset) => BinaryPrimitives.ReadUInt64LittleEndian(At(offset, 8));

    public void Write(long offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(At(offset, 2), value);

    public void Write(long offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(At(offset, 4), value);

    /// <summary>The zero-terminated text at <paramref name="index"/> of the table of <paramref name="length"/> bytes at <paramref name="table"/>.</summary>
    public string Text(long table, ulong length, uint index)
    {
        if (index >= length)
            throw Malformed($"name {index} lies outside the string table of {length} bytes");
        var rest = At(table, Checked(0, length, 0))[(int)index..];
        var end = rest.IndexOf((byte)0);
        return end >= 0 ? Encoding.UTF8.GetString(rest[..end]) : throw Malformed($"name {index} of the string table has no end");
    }

    public static NativeLoadException Malformed(string what) => new($"The native library is damaged or of another kind: {what}. Restore its package again.");

    private void ReadProgramHeaders()
    {
        var count = UInt16(56);
        if (UInt16(54) != ProgramHeaderLength)
            throw Malformed($"its program headers are {UInt16(54)} bytes long, not {ProgramHeaderLength}");
        var table = Checked(UInt64(32), 0, 0);
        for (var i = 0; i < count; i++)
        {
            var header = table + (long)i * ProgramHeaderLength;
            var kind = UInt32(header);
            if (kind is not (SegmentLoad or SegmentDynamic))
                continue;
            var segment = new Segment(UInt64(header + 8), UInt64(header + 16), UInt64(header + 32));
            Checked(segment.Offset, segment.Length, 0);
            if (kind == SegmentLoad)
                loaded.Add(segment);
            else
                ReadDynamic((long)segment.Offset, (long)segment.Length);
        }
    }

    private void ReadDynamic(long offset, long length)
    {
        for (var entry = offset; entry + DynamicEntryLength <= offset + length; entry += DynamicEntryLength)
        {
            var tag = (long)UInt64(entry);
            if (tag == 0)
                return;
            dynamic.TryAdd(tag, UInt64(entry + 8));
        }
    }

    private Span<byte> At(long offset, long length) =>
        offset >= 0 && length >= 0 && length <= bytes.Length - offset
            ? bytes.AsSpan((int)offset, (int)length)
            : throw Malformed($"bytes {offset} to {offset + length} lie outside the file of {bytes.Length} bytes");

    private long Checked(ulong offset, ulong further, ulong length)
    {
        var end = (UInt128)offset + further + length;
        return end <= (ulong)bytes.Length ? (long)(offset + further) : throw Malformed($"byte {end} lies outside the file of {bytes.Length} bytes");
    }

    private readonly record struct Segment(ulong Offset, ulong Address, ulong Length);
}
