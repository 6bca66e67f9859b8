using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>
/// A safetensors file: names, types, shapes and metadata are read and checked when it is opened, the tensors' bytes only when asked for.
/// Opening runs nothing, loads no native library, and allocates no more than the header needs. Layout: 8 bytes length of the header (little endian),
/// the header as JSON, the tensors' bytes without gaps.
/// </summary>
public sealed class SafetensorsFile : IWeights
{
    private const int LengthBytes = 8;
    private readonly ByteSource source;
    private readonly Dictionary<string, SafetensorsEntry> entries;
    private readonly long dataStart;

    private SafetensorsFile(ByteSource source, string name, ReadLimits limits)
    {
        this.source = source;
        Path = name;
        var refusal = new Refusal(name, "safetensors file");
        var (list, metadata) = ReadHeader(refusal, limits, out dataStart);
        // Empty tensors share their offset with a neighbour; ties keep the header's order.
        var inOrder = list.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Bytes).ToArray();
        CheckCoverage(inOrder, source.Length - dataStart, refusal);
        entries = inOrder.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        Names = [.. inOrder.Select(entry => entry.Name)];
        Metadata = metadata;
    }

    /// <summary>The path it was opened from, or the name given for a stream.</summary>
    public string Path { get; }

    /// <summary>The tensors' names in the order of their bytes.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The file's <c>__metadata__</c>; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The description of one tensor.</summary>
    /// <exception cref="FrugalException">The file has no tensor of that name.</exception>
    public SafetensorsEntry this[string name] => TryGet(name, out var entry)
        ? entry
        : throw new FrugalException($"{Path} has no tensor {Refusal.Quote(name)}; it has {NamesForMessage()}.");

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <param name="path">The file; links are followed.</param>
    /// <param name="limits">What the file may ask for; <see cref="ReadLimits.Untrusted"/> by default.</param>
    /// <exception cref="FrugalException">The file cannot be read or is not a valid safetensors file; for a pickled one the message says how to convert it.</exception>
    public static SafetensorsFile Open(string path, ReadLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return From(ByteSource.OfFile(path), path, limits);
    }

    /// <summary>Reads from the stream's position to its end. The stream must stay open, and untouched by others, as long as tensors are read.</summary>
    /// <param name="stream">Any readable stream; one that cannot seek is buffered up to <see cref="ReadLimits.MaxBufferedBytes"/>.</param>
    /// <param name="limits">What the file may ask for; <see cref="ReadLimits.Untrusted"/> by default.</param>
    /// <param name="name">What to call the stream in messages.</param>
    /// <exception cref="FrugalException">The content is not a valid safetensors file.</exception>
    public static SafetensorsFile Parse(Stream stream, ReadLimits? limits = null, string name = "the stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        return From(ByteSource.OfStream(stream, limits ?? ReadLimits.Untrusted, name), name, limits);
    }

    /// <summary>The description of one tensor, if there is one of that name.</summary>
    public bool TryGet(string name, [MaybeNullWhen(false)] out SafetensorsEntry entry) => entries.TryGetValue(name, out entry);

    /// <summary>Reads a tensor's bytes as they are in the file (little endian, row major).</summary>
    /// <exception cref="FrugalException">There is no such tensor, it is larger than an array can be, or the file could not be read.</exception>
    public byte[] ReadBytes(string name)
    {
        var entry = this[name];
        if (entry.Bytes > Array.MaxLength)
            throw new FrugalException($"tensor {Refusal.Quote(name)} of {Path} has {entry.Bytes} bytes, too many for an array; read it as a tensor.");
        var bytes = new byte[entry.Bytes];
        source.Read(dataStart + entry.Offset, bytes, Path);
        return bytes;
    }

    /// <summary>Reads a tensor on the CPU, straight into its memory; it belongs to the caller or the current dispose scope.</summary>
    /// <exception cref="FrugalException">There is no such tensor, libtorch has no such type, or the file could not be read.</exception>
    public Tensor Read(string name)
    {
        var entry = this[name];
        var type = SafetensorsDtypes.TorchOf(entry.Dtype)
            ?? throw new FrugalException($"tensor {Refusal.Quote(name)} of {Path} is {entry}, a type that TorchSharp does not have; read it with {nameof(ReadBytes)} or convert the file to F32, F16 or BF16.");
        Native.LibTorch.Load();
        var tensor = empty([.. entry.Shape], dtype: type);
        var offset = dataStart + entry.Offset;
        try
        {
            TensorBytes.Visit(tensor, bytes =>
            {
                source.Read(offset, bytes, Path);
                offset += bytes.Length;
            });
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
        return tensor;
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    private static SafetensorsFile From(ByteSource source, string name, ReadLimits? limits)
    {
        try
        {
            return new SafetensorsFile(source, name, limits ?? ReadLimits.Untrusted);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private (List<SafetensorsEntry>, Dictionary<string, string>) ReadHeader(Refusal refusal, ReadLimits limits, out long end)
    {
        ForeignFormat.Refuse(source, refusal);
        if (source.Length < LengthBytes)
            throw refusal.Because($"it has {source.Length} bytes, and the length of the header alone takes {LengthBytes}");
        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        source.Read(0, lengthBytes, refusal.Source);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > (ulong)(source.Length - LengthBytes))
            throw refusal.Because($"its header claims {length} bytes, but only {source.Length - LengthBytes} follow; the file is truncated or of another format");
        if (length > (ulong)limits.MaxHeaderBytes)
            throw refusal.Because($"its header of {length} bytes is longer than {limits.MaxHeaderBytes} ({nameof(ReadLimits)}.{nameof(ReadLimits.MaxHeaderBytes)})");
        var header = new byte[(int)length];
        source.Read(LengthBytes, header, refusal.Source);
        end = LengthBytes + (long)length;
        return SafetensorsHeader.Parse(header, limits, refusal);
    }

    /// <summary>Every byte belongs to exactly one tensor: overlaps multiply a small file, holes hide a second file in it.</summary>
    private static void CheckCoverage(SafetensorsEntry[] inOrder, long dataBytes, Refusal refusal)
    {
        long end = 0;
        foreach (var entry in inOrder)
        {
            if (entry.Offset != end)
                throw refusal.Because($"tensor {Refusal.Quote(entry.Name)} starts at {entry.Offset}, but the one before it ends at {end}: tensors must follow each other without {(entry.Offset > end ? "holes" : "overlap")}");
            // Cannot overflow: the header check bounds a tensor's size, this one their sum.
            end = entry.Offset + entry.Bytes;
            if (end > dataBytes)
                throw refusal.Because($"tensor {Refusal.Quote(entry.Name)} ends at {end}, but the file has only {dataBytes} bytes of data; it is truncated");
        }
        if (end != dataBytes)
            throw refusal.Because($"{dataBytes - end} bytes after the last tensor belong to none");
    }

    private string NamesForMessage()
    {
        const int shown = 8;
        var some = string.Join(", ", Names.Take(shown).Select(Refusal.Quote));
        return Names.Count switch { 0 => "none", > shown => $"{some} and {Names.Count - shown} more", _ => some };
    }
}
