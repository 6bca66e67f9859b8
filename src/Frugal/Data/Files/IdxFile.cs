using System.Buffers.Binary;
using System.IO.Compression;
using Frugal.Interop;

namespace Frugal.Data.Files;

/// <summary>
/// A file of unsigned bytes in the IDX format of MNIST: two zero bytes, a type byte, the number of dimensions, then each dimension as a big-endian 32-bit number, then
/// the bytes. Plain, or compressed with gzip.
/// </summary>
/// <param name="Shape">The dimensions.</param>
/// <param name="Bytes">The bytes, last dimension fastest.</param>
internal sealed record IdxFile(int[] Shape, byte[] Bytes)
{
    private const byte UnsignedByte = 8;

    // Deflate cannot expand a byte to more than 1,032, so that a header that promises more is a lie, found before anything is allocated for it.
    private const long MaxExpansion = 1032;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rank">The number of dimensions it must have.</param>
    /// <exception cref="FrugalException">The file cannot be read, is of another type or rank, or is shorter or longer than its dimensions say.</exception>
    public static IdxFile Read(string path, int rank) => Parse(WholeFile.Read(path), path, rank);

    /// <summary>Parses the content of a file; <paramref name="path"/> is for messages.</summary>
    internal static IdxFile Parse(byte[] content, string path, int rank)
    {
        var refusal = new Refusal(path, "IDX file");
        bool isCompressed = content.Length > 2 && content[0] == 0x1f && content[1] == 0x8b;
        using Stream plain = new MemoryStream(content, writable: false);
        using Stream stream = isCompressed ? new GZipStream(plain, CompressionMode.Decompress) : plain;
        long most = isCompressed ? content.Length * MaxExpansion : content.Length;
        try
        {
            return Parse(stream, refusal, rank, most);
        }
        catch (EndOfStreamException e)
        {
            throw refusal.Because("it ends before the bytes that its header promises; it was cut short", e);
        }
        catch (InvalidDataException e)
        {
            throw refusal.Because($"its compressed data is damaged ({e.Message.TrimEnd('.')})", e);
        }
    }

    private static IdxFile Parse(Stream stream, Refusal refusal, int rank, long most)
    {
        Span<byte> header = stackalloc byte[4 + 4 * rank];
        stream.ReadExactly(header[..4]);
        if (header[0] != 0 || header[1] != 0 || header[2] != UnsignedByte || header[3] != rank)
            throw refusal.Because(
                $"it begins with the bytes {Convert.ToHexStringLower(header[..4])}, unsigned bytes in {rank} dimensions begin with 000008{rank:x2}");
        stream.ReadExactly(header[4..]);
        var shape = new int[rank];
        long size = 1;
        for (int i = 0; i < rank; i++)
        {
            uint side = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + 4 * i)..]);
            // Each factor is below 2^32 and the product so far at most 2^30: no overflow.
            size *= side;
            if (side == 0 || size > Math.Min(most, WholeFile.MaxBytes))
                throw refusal.Because($"its header promises dimensions that the file cannot hold (dimension {i} is {side})");
            shape[i] = (int)side;
        }
        var bytes = new byte[size];
        stream.ReadExactly(bytes);
        if (stream.ReadByte() >= 0)
            throw refusal.Because($"bytes follow after the {size:N0} that its header promises");
        return new IdxFile(shape, bytes);
    }
}
