using System.Buffers.Binary;
using System.Text;

namespace Frugal.Interop;

/// <summary>
/// Recognises, by content and never by name, files that are often handed over as weights but are not safetensors: above all pickles, whose loading runs
/// code of the author's choice. They are refused with advice; nothing in them is interpreted, and no option loads them.
/// </summary>
internal static class ForeignFormat
{
    private const int HeadBytes = 512, TailBytes = 1 << 16;
    private const int LengthBytes = 8;

    private const string WhyNot = "Loading one can run any code its author chose, so Frugal never does";

    private const string Convert = "Convert it once, where its origin is trusted: python -c \"import torch; from safetensors.torch import save_file; " +
        "save_file(torch.load('IN', map_location='cpu', weights_only=True), 'OUT.safetensors')\"";

    private const string Unpack = "Unpack it first; if what is inside is a pickled checkpoint, convert that to safetensors. ";

    /// <summary>Throws when the bytes are of a known other kind; returns when they may be safetensors, or are nothing known.</summary>
    /// <exception cref="FrugalException">The bytes are of another kind; the message says which, and how to convert them.</exception>
    public static void Refuse(ByteSource source, Refusal refusal)
    {
        var head = new byte[Math.Min(HeadBytes, source.Length)];
        source.Read(0, head, refusal.Source);
        // A zip is refused even where its first bytes could also be a header's length: no file should be two things.
        var isZip = head.AsSpan().StartsWith("PK\x03\x04"u8);
        if (!isZip && MayBeSafetensors(head, source.Length))
            return;
        var tail = new byte[Math.Min(TailBytes, source.Length)];
        source.Read(source.Length - tail.Length, tail, refusal.Source);
        if (Reason(head, tail, isZip) is { } reason)
            throw refusal.Because(reason);
    }

    private static bool MayBeSafetensors(ReadOnlySpan<byte> head, long length) =>
        head.Length > LengthBytes && head[LengthBytes] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(head) <= (ulong)(length - LengthBytes);

    /// <summary>Why pickles are refused, and what to do with one.</summary>
    public const string HowToConvert = $"{WhyNot}. {Convert}.";

    private static string? Reason(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, bool isZip)
    {
        if (isZip || tail.IndexOf("PK\x05\x06"u8) >= 0)
            return head.IndexOf(".pkl"u8) >= 0 || tail.IndexOf(".pkl"u8) >= 0
                ? $"it is a PyTorch checkpoint or TorchScript program (a zip archive with a pickle in it). {WhyNot}. {Convert}"
                : $"it is a zip archive. {Unpack}{Convert}";
        if (IsPickle(head, tail))
            return $"it is a Python pickle, as older PyTorch, scikit-learn and joblib write. {WhyNot}. {Convert}";
        if (Archive(head) is { } archive)
            return $"it is a {archive}. {Unpack}{Convert}";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x93, .. "NUMPY"u8]))
            return $"it is a NumPy array. {Convert}";
        if (head.StartsWith("GGUF"u8))
            return "it is a GGUF file of llama.cpp; look for the safetensors files that it was made from";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, .. "HDF"u8]))
            return "it is an HDF5 file (Keras); export its weights to safetensors with Keras itself";
        if (head.StartsWith("version https://git-lfs"u8))
            return "it is a Git LFS pointer, not the file itself; run 'git lfs pull' in the repository it came from";
        if (IsMarkup(head))
            return "it is a web page, perhaps an error or login page saved under the file's name; download it again";
        if (IsTorchSharp(head))
            return "it looks like a file of TorchSharp's Module.save. Load it with TorchSharp where its origin is trusted, and save the state " +
                $"with {nameof(SafetensorsWriter)}.{nameof(SafetensorsWriter.Write)}";
        return null;
    }

    private static bool IsPickle(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        if (head.Length < 2)
            return false;
        if (head[0] == 0x80 && head[1] is >= 1 and <= 9)
            return true;
        // Protocols 0 and 1 have no mark of their own: opcodes in ASCII, with STOP ('.') last.
        return tail[^1] == '.' && ((char)head[0] switch
        {
            'c' => head[1..].IndexOfAnyExceptInRange((byte)'.', (byte)'z') is > 0 and var end && head[end + 1] == '\n',
            '(' or ']' or '}' => "lptdciSVIXq(]}.".Contains((char)head[1]),
            _ => false,
        });
    }

    private static string? Archive(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? "gzip archive"
        : head.StartsWith("BZh"u8) ? "bzip2 archive"
        : head.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? "xz archive"
        : head.StartsWith((ReadOnlySpan<byte>)[(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C]) ? "7z archive"
        : head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? "zstd archive"
        : head.StartsWith((ReadOnlySpan<byte>)[0x04, 0x22, 0x4D, 0x18]) ? "lz4 archive"
        : head.Length > 1 && head[0] == 0x78 && head[1] is 0x01 or 0x5E or 0x9C or 0xDA ? "zlib stream, as joblib writes around a pickle"
        : IsTar(head) ? "tar archive, as the oldest PyTorch wrote around pickles"
        : null;

    /// <summary>By the header's checksum, which the oldest tar files have too.</summary>
    private static bool IsTar(ReadOnlySpan<byte> head)
    {
        const int headerBytes = 512, checksumAt = 148, checksumBytes = 8;
        if (head.Length < headerBytes || head[0] == 0)
            return false;
        var sum = checksumBytes * ' ';
        for (var i = 0; i < headerBytes; i++)
            if (i is < checksumAt or >= checksumAt + checksumBytes)
                sum += head[i];
        var written = 0;
        foreach (var digit in head.Slice(checksumAt, checksumBytes))
            if (digit is >= (byte)'0' and <= (byte)'7')
                written = written * 8 + digit - '0';
        return written == sum;
    }

    private static bool IsMarkup(ReadOnlySpan<byte> head)
    {
        var text = Encoding.Latin1.GetString(head).TrimStart();
        return text.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A count and a length, both LEB128, then a parameter's name.</summary>
    private static bool IsTorchSharp(ReadOnlySpan<byte> head)
    {
        var count = Leb128(ref head);
        var length = Leb128(ref head);
        return count > 0 && length is > 0 and <= 200 && length <= head.Length
            && head[..length].IndexOfAnyExceptInRange((byte)'.', (byte)'z') < 0 && head[..length].IndexOfAnyInRange((byte)'a', (byte)'z') >= 0;
    }

    private static int Leb128(ref ReadOnlySpan<byte> bytes)
    {
        const int longest = 4;
        var value = 0;
        for (var i = 0; i < Math.Min(longest, bytes.Length); i++)
        {
            value |= (bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return value;
            }
        }
        return 0;
    }
}
