using System.Text.Json;
using System.Text.Unicode;

namespace Frugal.Interop;

/// <summary>
/// Reads the JSON part of a safetensors file token by token, so that nothing is allocated for what will be refused.
/// Grammar: one object of <c>name → { dtype, shape, data_offsets }</c>, each key once, and optionally <c>__metadata__</c>, an object of strings.
/// Source: the format's description in the safetensors repository, and the stricter reading its security audit recommends.
/// </summary>
internal ref struct SafetensorsHeader
{
    public const string MetadataKey = "__metadata__";
    // The grammar nests three deep: file, tensor, list.
    private const int DeepestNesting = 4;

    private readonly ReadLimits limits;
    private readonly Refusal refusal;
    private Utf8JsonReader json;

    private SafetensorsHeader(ReadOnlySpan<byte> text, ReadLimits limits, Refusal refusal)
    {
        this.limits = limits;
        this.refusal = refusal;
        json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = DeepestNesting });
    }

    /// <summary>The tensors in the order of the header, and the metadata.</summary>
    /// <exception cref="FrugalException">The header is not what the format allows.</exception>
    public static (List<SafetensorsEntry> Entries, Dictionary<string, string> Metadata) Parse(ReadOnlySpan<byte> text, ReadLimits limits, Refusal refusal)
    {
        if (text.IsEmpty || text[0] != '{')
            throw refusal.Because("its header does not start with '{'");
        if (!Utf8.IsValid(text))
            throw refusal.Because("its header is not valid UTF-8");
        try
        {
            return new SafetensorsHeader(text, limits, refusal).ReadFile();
        }
        catch (JsonException error)
        {
            throw refusal.Because($"its header is not valid JSON ({error.Message.TrimEnd('.')})", error);
        }
        catch (InvalidOperationException error)
        {
            // GetString on an escaped half of a surrogate pair.
            throw refusal.Because("its header holds text that is not valid Unicode", error);
        }
    }

    private (List<SafetensorsEntry>, Dictionary<string, string>) ReadFile()
    {
        var entries = new List<SafetensorsEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        Dictionary<string, string>? metadata = null;
        json.Read();
        while (NextKey() is { } name)
        {
            if (name == MetadataKey)
            {
                if (metadata is not null)
                    throw refusal.Because($"{MetadataKey} is there twice");
                metadata = ReadMetadata();
                continue;
            }
            if (!names.Add(name))
                throw refusal.Because($"tensor {Refusal.Quote(name)} is there twice");
            if (entries.Count == limits.MaxTensors)
                throw refusal.Because($"it names more than {limits.MaxTensors} tensors ({nameof(ReadLimits)}.{nameof(ReadLimits.MaxTensors)})");
            entries.Add(ReadTensor(name));
        }
        // Trailing spaces are allowed and usual: they align the data. Anything else makes this throw.
        json.Read();
        return (entries, metadata ?? []);
    }

    private Dictionary<string, string> ReadMetadata()
    {
        Open(JsonTokenType.StartObject, MetadataKey, "an object of strings");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        while (NextKey() is { } key)
        {
            Open(JsonTokenType.String, $"{MetadataKey}.{key}", "a string");
            if (!metadata.TryAdd(key, json.GetString()!))
                throw refusal.Because($"{MetadataKey} has the key {Refusal.Quote(key)} twice");
        }
        return metadata;
    }

    private SafetensorsEntry ReadTensor(string name)
    {
        Open(JsonTokenType.StartObject, name, "an object with dtype, shape and data_offsets");
        SafetensorsDtype? dtype = null;
        long[]? shape = null;
        (long Start, long End)? offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("dtype"u8))
                dtype = Once(name, "dtype", dtype is null) ? ReadDtype(name) : null;
            else if (json.ValueTextEquals("shape"u8))
                shape = Once(name, "shape", shape is null) ? ReadShape(name) : null;
            else if (json.ValueTextEquals("data_offsets"u8))
                offsets = Once(name, "data_offsets", offsets is null) ? ReadOffsets(name) : null;
            else
                throw refusal.Because($"tensor {Refusal.Quote(name)} has the unknown key {Refusal.Quote(json.GetString()!)}; the format knows dtype, shape and data_offsets");
        }
        if (dtype is null || shape is null || offsets is null)
            throw refusal.Because($"tensor {Refusal.Quote(name)} lacks {(dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        var (start, end) = offsets.Value;
        if (end < start)
            throw refusal.Because($"tensor {Refusal.Quote(name)} ends at {end}, before it starts at {start}");
        var entry = new SafetensorsEntry(name, dtype.Value, shape, start, end - start);
        CheckSize(entry);
        return entry;
    }

    private readonly bool Once(string name, string key, bool isFirst) =>
        isFirst ? true : throw refusal.Because($"tensor {Refusal.Quote(name)} has {key} twice");

    private SafetensorsDtype ReadDtype(string name)
    {
        Open(JsonTokenType.String, "dtype", "a string");
        foreach (var (dtype, spelled) in SafetensorsDtypes.Spelled)
            if (json.ValueTextEquals(spelled))
                return dtype;
        throw refusal.Because($"tensor {Refusal.Quote(name)} is of the unknown type {Refusal.Quote(json.GetString()!)}; known are {SafetensorsDtypes.Known}");
    }

    private long[] ReadShape(string name)
    {
        Span<long> sizes = stackalloc long[limits.MaxRank];
        return sizes[..ReadNumbers(name, "shape", sizes)].ToArray();
    }

    private (long, long) ReadOffsets(string name)
    {
        Span<long> offsets = stackalloc long[2];
        var count = ReadNumbers(name, "data_offsets", offsets);
        return count == 2 ? (offsets[0], offsets[1]) : throw refusal.Because($"tensor {Refusal.Quote(name)} has {count} data_offsets instead of 2");
    }

    private int ReadNumbers(string name, string key, scoped Span<long> numbers)
    {
        Open(JsonTokenType.StartArray, key, "a list of whole numbers");
        var count = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var number) || number < 0)
                throw refusal.Because($"{key} of tensor {Refusal.Quote(name)} holds something other than whole numbers from 0 to {long.MaxValue}");
            if (count == numbers.Length)
                throw refusal.Because($"{key} of tensor {Refusal.Quote(name)} has more than {numbers.Length} numbers");
            numbers[count++] = number;
        }
        return count;
    }

    /// <summary>Size = shape × type, without trusting that the product fits in 64 bits; a zero dimension does not excuse an absurd one.</summary>
    private readonly void CheckSize(SafetensorsEntry entry)
    {
        Int128 strides = 1;
        foreach (var size in entry.Shape)
        {
            strides *= Math.Max(size, 1);
            if (strides > long.MaxValue / 64)
                throw refusal.Because($"the shape of tensor {Refusal.Quote(entry.Name)}, {entry}, has too many elements for any file");
        }
        var bits = entry.Elements * SafetensorsDtypes.BitsOf(entry.Dtype);
        if (bits % 8 != 0)
            throw refusal.Because($"tensor {Refusal.Quote(entry.Name)}, {entry}, does not fill whole bytes");
        if (bits / 8 != entry.Bytes)
            throw refusal.Because($"tensor {Refusal.Quote(entry.Name)}, {entry}, needs {bits / 8} bytes but its offsets give it {entry.Bytes}");
    }

    private string? NextKey()
    {
        json.Read();
        return json.TokenType == JsonTokenType.PropertyName ? json.GetString() : null;
    }

    private void Open(JsonTokenType expected, string where, string what)
    {
        json.Read();
        if (json.TokenType != expected)
            throw refusal.Because($"{Refusal.Quote(where)} must be {what}, found {json.TokenType}");
    }
}
