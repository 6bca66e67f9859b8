using System.Text.Json;
using System.Text.Json.Serialization;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>A normalizer, pre-tokenizer, post-processor or decoder of a <c>tokenizer.json</c>; which of the keys it has depends on its type.</summary>
internal sealed record PartJson
{
    public string? Type { get; init; }

    public bool? CleanText { get; init; }

    public bool? HandleChineseChars { get; init; }

    public bool? StripAccents { get; init; }

    public bool? Lowercase { get; init; }

    public bool? AddPrefixSpace { get; init; }

    public bool? TrimOffsets { get; init; }

    public bool? UseRegex { get; init; }

    public PatternJson? Pattern { get; init; }

    public string? Behavior { get; init; }

    public bool? Invert { get; init; }

    public string? Prefix { get; init; }

    public bool? Cleanup { get; init; }

    /// <summary>A token and its id.</summary>
    public JsonElement? Sep { get; init; }

    /// <summary>A token and its id.</summary>
    public JsonElement? Cls { get; init; }

    public IReadOnlyList<PlaceJson>? Single { get; init; }

    public IReadOnlyList<PlaceJson>? Pair { get; init; }

    public IReadOnlyDictionary<string, SpecialJson>? SpecialTokens { get; init; }

    public IReadOnlyList<PartJson>? Normalizers { get; init; }

    public IReadOnlyList<PartJson>? Pretokenizers { get; init; }

    public IReadOnlyList<PartJson>? Processors { get; init; }

    /// <summary>A pattern to split at.</summary>
    internal sealed record PatternJson
    {
        [JsonPropertyName("Regex")]
        public string? Regex { get; init; }

        [JsonPropertyName("String")]
        public string? String { get; init; }
    }

    /// <summary>A place of a form: a special token, or a text.</summary>
    internal sealed record PlaceJson
    {
        [JsonPropertyName("SpecialToken")]
        public NameJson? SpecialToken { get; init; }

        [JsonPropertyName("Sequence")]
        public NameJson? Sequence { get; init; }
    }

    /// <summary>What stands at a place, and its segment.</summary>
    internal sealed record NameJson(string Id, int TypeId);

    /// <summary>What a special token of a form is made of.</summary>
    internal sealed record SpecialJson(string Id, IReadOnlyList<int> Ids, IReadOnlyList<string> Tokens);
}
