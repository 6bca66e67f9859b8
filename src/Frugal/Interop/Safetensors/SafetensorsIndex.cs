using System.Text.Json;
using System.Text.Unicode;

namespace Frugal.Interop;

/// <summary>Reads the index of a sharded model: a JSON object with <c>weight_map</c>, an object of tensor name → file name; other keys are skipped.</summary>
internal static class SafetensorsIndex
{
    /// <summary>Tensor name → file name, in the order of the index. The file names are not checked here.</summary>
    /// <exception cref="FrugalException">The file cannot be read or is not a valid index.</exception>
    public static Dictionary<string, string> Read(string path, ReadLimits limits) =>
        Parse(JsonFile.ReadBytes(path, limits.MaxHeaderBytes, nameof(ReadLimits.MaxHeaderBytes)), path, limits);

    /// <summary>The same for text that was read already.</summary>
    /// <exception cref="FrugalException">The text is not a valid index.</exception>
    public static Dictionary<string, string> Parse(ReadOnlySpan<byte> text, string source, ReadLimits limits)
    {
        var refusal = new Refusal(source, "safetensors index");
        if (!Utf8.IsValid(text))
            throw refusal.Because("it is not valid UTF-8");
        try
        {
            return ReadFile(text, limits, refusal);
        }
        catch (JsonException error)
        {
            throw refusal.Because($"it is not valid JSON ({error.Message.TrimEnd('.')})", error);
        }
        catch (InvalidOperationException error)
        {
            throw refusal.Because("it holds text that is not valid Unicode", error);
        }
    }

    private static Dictionary<string, string> ReadFile(ReadOnlySpan<byte> text, ReadLimits limits, Refusal refusal)
    {
        var json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = limits.MaxJsonDepth });
        Dictionary<string, string>? map = null;
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            throw refusal.Because("it is not a JSON object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isMap = json.ValueTextEquals("weight_map"u8);
            json.Read();
            if (!isMap)
                json.Skip();
            else if (map is null)
                map = ReadMap(ref json, limits, refusal);
            else
                throw refusal.Because("weight_map is there twice");
        }
        json.Read(); // anything behind the object throws
        return map ?? throw refusal.Because("it has no weight_map");
    }

    private static Dictionary<string, string> ReadMap(ref Utf8JsonReader json, ReadLimits limits, Refusal refusal)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw refusal.Because("weight_map is not an object");
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String)
                throw refusal.Because($"the file of tensor {Refusal.Quote(name)} is not text");
            if (map.Count == limits.MaxTensors)
                throw refusal.Because($"it names more than {limits.MaxTensors} tensors ({nameof(ReadLimits)}.{nameof(ReadLimits.MaxTensors)})");
            var file = json.GetString()!;
            // A hundred thousand tensors share a few names; one string each is enough.
            if (!files.TryGetValue(file, out var shared))
                files.Add(file, shared = file);
            if (!map.TryAdd(name, shared))
                throw refusal.Because($"tensor {Refusal.Quote(name)} is there twice");
        }
        return map;
    }
}
