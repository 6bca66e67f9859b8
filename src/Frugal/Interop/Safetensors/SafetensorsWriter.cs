using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>
/// Writes safetensors files, one tensor at a time. The same tensors give the same bytes whatever order they come in: they are laid out by
/// element size (widest first, so that each is aligned) and then by name, metadata by key, and the header is padded with spaces to a multiple of 8 bytes.
/// </summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;
    private const int LongestHeader = 100_000_000;

    /// <summary>Writes the file atomically.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="tensors">Names and tensors, on any device and of any strides; each name once.</param>
    /// <param name="metadata">Text to keep in the header, or none.</param>
    /// <exception cref="FrugalException">A name or type that the format cannot hold, or the file cannot be written.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata));

    /// <summary>Writes to a stream.</summary>
    /// <inheritdoc cref="Write(string, IEnumerable{ValueTuple{string, Tensor}}, IReadOnlyDictionary{string, string}?)"/>
    public static void Write(Stream stream, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        WriteParts(stream, tensors.Select(pair => PartOf(pair.Name, pair.Tensor)), metadata);

    /// <summary>Writes tensors whose bytes come from anywhere; needs no libtorch.</summary>
    /// <param name="stream">Where to; it is neither flushed nor closed.</param>
    /// <param name="parts">The tensors; each name once.</param>
    /// <param name="metadata">Text to keep in the header, or none.</param>
    /// <exception cref="FrugalException">A name or type that the format cannot hold, or a part that wrote another number of bytes than it said.</exception>
    public static void WriteParts(Stream stream, IEnumerable<SafetensorsPart> parts, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var inOrder = parts.OrderByDescending(part => SafetensorsDtypes.BitsOf(part.Dtype)).ThenBy(part => part.Name, StringComparer.Ordinal).ToArray();
        CheckNames(inOrder);
        var header = Header(inOrder, metadata);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        using var counted = new CountingStream(stream);
        foreach (var part in inOrder)
        {
            var before = counted.Count;
            part.WriteTo(counted);
            if (counted.Count - before != part.Bytes)
                throw new FrugalException($"tensor {Refusal.Quote(part.Name)} wrote {counted.Count - before} bytes, but its type and shape ask for {part.Bytes}.");
        }
    }

    private static SafetensorsPart PartOf(string name, Tensor tensor) =>
        new(name, SafetensorsDtypes.FromTorch(tensor.dtype), tensor.shape, stream =>
        {
            using var scope = NewDisposeScope();
            TensorBytes.Visit(tensor.detach().cpu().contiguous(), bytes => stream.Write(bytes));
        });

    private static void CheckNames(SafetensorsPart[] parts)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            if (part.Name == SafetensorsHeader.MetadataKey)
                throw new FrugalException($"a tensor cannot be called {SafetensorsHeader.MetadataKey}: safetensors uses the name for the file's metadata.");
            if (!names.Add(part.Name))
                throw new FrugalException($"two tensors are called {Refusal.Quote(part.Name)}; names must be unique.");
        }
    }

    /// <summary>The JSON writer would replace half a surrogate pair silently, and two names could become one.</summary>
    private static void CheckText(string text)
    {
        for (var i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
            if (char.IsSurrogate(text[i]) && !char.IsSurrogatePair(text, i))
                throw new FrugalException($"{Refusal.Quote(text)} holds half of a surrogate pair, which is not valid Unicode; a tensor's name and metadata must be.");
    }

    private static byte[] Header(SafetensorsPart[] parts, IReadOnlyDictionary<string, string>? metadata)
    {
        foreach (var text in parts.Select(part => part.Name).Concat(metadata?.Keys ?? []).Concat(metadata?.Values ?? []))
            CheckText(text);
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            WriteHeader(json, parts, metadata);
        while (buffer.Length % Alignment != 0)
            buffer.WriteByte((byte)' ');
        return buffer.Length <= LongestHeader
            ? buffer.ToArray()
            : throw new FrugalException($"the header would take {buffer.Length} bytes, and the format allows {LongestHeader}; write fewer tensors or less metadata.");
    }

    private static void WriteHeader(Utf8JsonWriter json, SafetensorsPart[] parts, IReadOnlyDictionary<string, string>? metadata)
    {
        json.WriteStartObject();
        if (metadata is { Count: > 0 })
        {
            json.WriteStartObject(SafetensorsHeader.MetadataKey);
            foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                json.WriteString(key, value);
            json.WriteEndObject();
        }
        long offset = 0;
        foreach (var part in parts)
        {
            json.WriteStartObject(part.Name);
            json.WriteString("dtype", SafetensorsDtypes.NameOf(part.Dtype));
            json.WriteStartArray("shape");
            foreach (var size in part.Shape)
                json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(offset);
            json.WriteNumberValue(offset = checked(offset + part.Bytes));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
