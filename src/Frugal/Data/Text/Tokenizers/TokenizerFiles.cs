using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Frugal.Interop;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>The names of a tokenizer's files, and how their JSON is read and written.</summary>
internal static class TokenizerFiles
{
    public const string Config = "tokenizer_config.json", Whole = "tokenizer.json", SpecialMap = "special_tokens_map.json", AddedIds = "added_tokens.json";
    public const string WordPieces = "vocab.txt", PairVocabulary = "vocab.json", Merges = "merges.txt";
    public static readonly string[] SentencePieces = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];

    // The largest published tokenizer.json files have some 35 MB.
    private static readonly ReadLimits limits = ReadLimits.Untrusted with { MaxJsonBytes = 128 << 20 };

    private static readonly JsonSerializerOptions options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    /// <summary>Reads a JSON file as one of our descriptions.</summary>
    /// <exception cref="FrugalException">It cannot be read, or does not have what it should.</exception>
    public static T Read<T>(string path)
    {
        using var json = JsonFile.Read(path, limits);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new FrugalException($"{path} must hold a JSON object, found {json.RootElement.ValueKind}.");
        try
        {
            return json.RootElement.Deserialize<T>(options)!;
        }
        catch (JsonException error)
        {
            throw new FrugalException($"{path}: {error.Message}", error);
        }
    }

    /// <summary>Writes one of our descriptions as a JSON file.</summary>
    /// <exception cref="FrugalException">It cannot be written.</exception>
    public static void Write<T>(string path, T value) => AtomicFile.WriteText(path, JsonSerializer.Serialize(value, options));
}
