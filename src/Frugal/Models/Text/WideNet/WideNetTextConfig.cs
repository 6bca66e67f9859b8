using System.Text.Json.Serialization;
using Frugal.Catalogue;

namespace Frugal.Models.Text;

/// <summary>
/// WideNet for texts (Xue et al. 2021, arXiv 2107.11817, section 4.3): like ALBERT one attention layer for all blocks and a word embedding in two factors, with a mixture of experts in the place of the shared
/// feed-forward block and layer norms of each block's own. Defaults are those of the published model with four experts, 26 million weights; eight make it 45, sixteen 83.
/// </summary>
[Entry("widenet-text", Paper = "widenet")]
public sealed record WideNetTextConfig : EncoderConfig
{
    /// <summary>The published model with four experts.</summary>
    public WideNetTextConfig() =>
        (VocabularySize, HiddenSize, NumLayers, NumHeads, IntermediateSize, LayerNormEpsilon, PaddingId) = (30_000, 768, 12, 12, 3072, 1e-6, 0);

    /// <inheritdoc/>
    public override string ModelType => "widenet";

    /// <summary>Width of a word's embedding, which a linear layer brings to the width of a token.</summary>
    [JsonPropertyName("embedding_size")]
    [Range(1, 65_536)]
    public long EmbeddingSize { get; init => field = Guard.Between(value, 1, 65_536); } = 128;

    /// <summary>The mixture of experts that the blocks share.</summary>
    [JsonPropertyName("mixture")]
    public WideNetMixture Mixture { get; init; } = new();

    /// <summary>True when the blocks share their layer norms as well: another model, which the paper compares with.</summary>
    [JsonPropertyName("shares_norms")]
    public bool SharesNorms { get; init; }

    /// <summary>Dropout after embeddings, attention and experts.</summary>
    [JsonPropertyName("hidden_dropout_prob")]
    [Range(0, 1, BelowHigh = true)]
    public double DropRate { get; init => field = Guard.Fraction(value); }

    /// <summary>Dropout of attention weights.</summary>
    [JsonPropertyName("attention_probs_dropout_prob")]
    [Range(0, 1, BelowHigh = true)]
    public double AttentionDropRate { get; init => field = Guard.Fraction(value); }

    /// <summary>Dropout before a classifier.</summary>
    [JsonPropertyName("classifier_dropout_prob")]
    [Range(0, 1, BelowHigh = true)]
    public double ClassifierDropRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>Number of kinds of text in a pair.</summary>
    [JsonPropertyName("type_vocab_size")]
    [Range(1, 65_536)]
    public long NumTokenTypes { get; init => field = Guard.Between(value, 1, 65_536); } = 2;

    /// <inheritdoc/>
    public override IReadOnlyList<TextHead> Heads => [TextHead.None, TextHead.MaskedLanguageModel, TextHead.SequenceClassification, TextHead.TokenClassification, TextHead.QuestionAnswering];

    /// <inheritdoc/>
    public override double LeastParameters => (double)VocabularySize * EmbeddingSize + HiddenSize * (4.0 * HiddenSize + 2.0 * Mixture.Experts * IntermediateSize);

    private protected override TextModel CreateText() => new WideNetText(this);
}
