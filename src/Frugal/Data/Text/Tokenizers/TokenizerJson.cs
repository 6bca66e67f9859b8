using System.Text.Json;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>A <c>tokenizer.json</c>, as far as it is read and written here.</summary>
internal sealed record TokenizerJson
{
    public string Version { get; init; } = "1.0";

    public IReadOnlyList<AddedTokenJson>? AddedTokens { get; init; }

    public PartJson? Normalizer { get; init; }

    public PartJson? PreTokenizer { get; init; }

    public PartJson? PostProcessor { get; init; }

    public PartJson? Decoder { get; init; }

    public ModelJson? Model { get; init; }

    /// <summary>What finds the pieces.</summary>
    internal sealed record ModelJson
    {
        public string? Type { get; init; }

        public string? UnkToken { get; init; }

        public string? ContinuingSubwordPrefix { get; init; }

        public string? EndOfWordSuffix { get; init; }

        public int? MaxInputCharsPerWord { get; init; }

        public bool? ByteFallback { get; init; }

        public bool? IgnoreMerges { get; init; }

        /// <summary>Ids by token.</summary>
        public JsonElement Vocab { get; init; }

        /// <summary>Pairs, each as one text with a space or as two texts.</summary>
        public JsonElement? Merges { get; init; }
    }
}
