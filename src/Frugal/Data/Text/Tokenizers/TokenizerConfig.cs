using System.Text.Json;
using System.Text.Json.Serialization;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>What <c>tokenizer_config.json</c> may say; null where it does not.</summary>
internal sealed record TokenizerConfig
{
    public string? TokenizerClass { get; init; }

    public bool? DoLowerCase { get; init; }

    public bool? StripAccents { get; init; }

    public bool? TokenizeChineseChars { get; init; }

    public bool? AddPrefixSpace { get; init; }

    public bool? AddBosToken { get; init; }

    public bool? AddEosToken { get; init; }

    [JsonConverter(typeof(TokenTextConverter))]
    public string? PadToken { get; init; }

    [JsonConverter(typeof(TokenTextConverter))]
    public string? UnkToken { get; init; }

    [JsonConverter(typeof(TokenTextConverter))]
    public string? ClsToken { get; init; }

    [JsonConverter(typeof(TokenTextConverter))]
    public string? BosToken { get; init; }

    [JsonConverter(typeof(TokenTextConverter))]
    public string? SepToken { get; init; }

    [JsonConverter(typeof(TokenTextConverter))]
    public string? EosToken { get; init; }

    [JsonConverter(typeof(TokenTextConverter))]
    public string? MaskToken { get; init; }

    /// <summary>Added tokens by their ids.</summary>
    public IReadOnlyDictionary<string, AddedTokenJson>? AddedTokensDecoder { get; init; }

    /// <summary>The tokens with a role, where the file names them.</summary>
    [JsonIgnore]
    public SpecialTokens Special => new() { Padding = PadToken, Unknown = UnkToken, Classify = ClsToken ?? BosToken, Separator = SepToken ?? EosToken, Mask = MaskToken };

    /// <summary>What is said of every tokenizer: its class there, the tokens' roles and the added tokens.</summary>
    public static TokenizerConfig Of(Tokenizer tokenizer, string tokenizerClass) => new()
    {
        TokenizerClass = tokenizerClass,
        PadToken = tokenizer.Special.Padding,
        UnkToken = tokenizer.Special.Unknown,
        ClsToken = tokenizer.Special.Classify,
        SepToken = tokenizer.Special.Separator,
        BosToken = tokenizer.Special.Classify,
        EosToken = tokenizer.Special.Separator,
        MaskToken = tokenizer.Special.Mask,
        AddedTokensDecoder = tokenizer.Added.OrderBy(token => token.Id).ToDictionary(token => $"{token.Id}", AddedTokenJson.Of),
    };

    /// <summary>The added tokens.</summary>
    /// <exception cref="FrugalException">An id is no number.</exception>
    public IReadOnlyList<AddedToken> Added(string source) =>
    [
        .. (AddedTokensDecoder ?? new Dictionary<string, AddedTokenJson>()).Select(entry => int.TryParse(entry.Key, out int id)
            ? (entry.Value with { Id = id }).Token(source)
            : throw new FrugalException($"{source}: added_tokens_decoder has the id {Interop.Refusal.Quote(entry.Key)}, which is no whole number.")),
    ];

    /// <summary>What <paramref name="other"/> says wherever this says nothing.</summary>
    public TokenizerConfig Or(TokenizerConfig other) => this with
    {
        PadToken = PadToken ?? other.PadToken,
        UnkToken = UnkToken ?? other.UnkToken,
        ClsToken = ClsToken ?? other.ClsToken,
        BosToken = BosToken ?? other.BosToken,
        SepToken = SepToken ?? other.SepToken,
        EosToken = EosToken ?? other.EosToken,
        MaskToken = MaskToken ?? other.MaskToken,
    };

    /// <summary>A token is written as its text, or as an object that has it.</summary>
    private sealed class TokenTextConverter : JsonConverter<string?>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var value = JsonDocument.ParseValue(ref reader);
            return value.RootElement.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => value.RootElement.GetString(),
                JsonValueKind.Object when value.RootElement.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String => content.GetString(),
                _ => throw new JsonException("a token must be a text or an object with a \"content\""),
            };
        }

        public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
