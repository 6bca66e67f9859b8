using System.Buffers.Binary;

namespace Frugal.Data.Download;

/// <summary>Looks at the end of a zip file before .NET's reader lists it, which takes some hundred bytes of memory an entry.</summary>
internal static class ZipDirectory
{
    private const int EndRecordBytes = 22;
    private const int LongestComment = ushort.MaxValue;
    private const int CentralHeaderBytes = 46;

    /// <summary>The number of entries that the end of the file states; where it is kept elsewhere, in a 64-bit record, as many as fit into the directory.</summary>
    /// <exception cref="InvalidDataException">The end record is missing.</exception>
    public static long CountEntries(Stream stream)
    {
        var tail = new byte[Math.Min(stream.Length, EndRecordBytes + LongestComment)];
        stream.Seek(-tail.Length, SeekOrigin.End);
        stream.ReadExactly(tail);
        stream.Position = 0;
        int at = tail.AsSpan().LastIndexOf("PK\x5\x6"u8);
        if (at < 0 || at + EndRecordBytes > tail.Length)
            throw new InvalidDataException("its directory is missing");
        ushort entries = BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + 10));
        uint directoryBytes = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at + 12));
        // 0xffff and 0xffffffff say that the value is in the 64-bit record.
        long bytes = directoryBytes == uint.MaxValue ? stream.Length : directoryBytes;
        return entries == ushort.MaxValue ? bytes / CentralHeaderBytes : entries;
    }
}
