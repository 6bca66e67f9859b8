using System.Text.Json.Serialization;
using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;

namespace Frugal.Models.Text;

/// <summary>DistilBERT (Sanh et al. 2019, arXiv 1910.01108): BERT's encoder with half the layers, without token types and pooler. Defaults are those of distilbert-base-uncased.</summary>
[Entry("distilbert")]
public sealed record DistilBertConfig : TextModelConfig
{
    /// <summary>Added to variances; no configuration changes it.</summary>
    internal const double LayerNormEpsilon = 1e-12;

    /// <inheritdoc/>
    public override string ModelType => "distilbert";

    /// <inheritdoc/>
    [JsonPropertyName("vocab_size")]
    public override long VocabularySize { get; init => field = Guard.Between(value, 1, 10_000_000); } = 30_522;

    /// <inheritdoc/>
    [JsonPropertyName("dim")]
    public override long HiddenSize { get; init => field = Guard.Between(value, 1, 65_536); } = 768;

    /// <inheritdoc/>
    [JsonPropertyName("n_layers")]
    public override int NumLayers { get; init => field = Guard.Between(value, 0, 1000); } = 6;

    /// <inheritdoc/>
    [JsonPropertyName("n_heads")]
    public override long NumHeads { get; init => field = Guard.Between(value, 1, 4096); } = 12;

    /// <inheritdoc/>
    [JsonPropertyName("max_position_embeddings")]
    public override long MaxPositions { get; init => field = Guard.Between(value, 1, 10_000_000); } = 512;

    /// <summary>Width of the feed-forward block.</summary>
    [JsonPropertyName("hidden_dim")]
    [Range(1, 1_000_000)]
    public long IntermediateSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 3072;

    /// <summary>Non-linearity of the feed-forward block.</summary>
    [JsonPropertyName("activation")]
    [JsonConverter(typeof(ActivationConverter))]
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Whether positions start as sines and cosines (Vaswani et al. 2017, section 3.5).</summary>
    [JsonPropertyName("sinusoidal_pos_embds")]
    public bool HasSinusoidalPositions { get; init; }

    /// <summary>Dropout after embeddings and blocks.</summary>
    [JsonPropertyName("dropout")]
    [Range(0, 1, BelowHigh = true)]
    public double DropRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>Dropout of attention weights.</summary>
    [JsonPropertyName("attention_dropout")]
    [Range(0, 1, BelowHigh = true)]
    public double AttentionDropRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>Dropout before the head for answers.</summary>
    [JsonPropertyName("qa_dropout")]
    [Range(0, 1, BelowHigh = true)]
    public double AnswerDropRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>Dropout before a classifier.</summary>
    [JsonPropertyName("seq_classif_dropout")]
    [Range(0, 1, BelowHigh = true)]
    public double ClassifierDropRate { get; init => field = Guard.Fraction(value); } = 0.2;

    /// <inheritdoc/>
    [JsonPropertyName("pad_token_id")]
    public override long? PaddingId { get; init => field = value is { } id ? Guard.Between(id, 0, 10_000_000) : null; } = 0;

    /// <inheritdoc/>
    public override IReadOnlyList<TextHead> Heads => [TextHead.None, TextHead.MaskedLanguageModel, TextHead.SequenceClassification, TextHead.TokenClassification, TextHead.QuestionAnswering];

    internal override ModelConfig? WithFeedForward(long hidden) => this with { IntermediateSize = hidden };

    private protected override TextModel CreateText() => new DistilBert(this);
}
