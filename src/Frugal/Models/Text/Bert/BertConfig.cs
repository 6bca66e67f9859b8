using System.Text.Json.Serialization;
using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;

namespace Frugal.Models.Text;

/// <summary>BERT (Devlin et al. 2018, arXiv 1810.04805): a bidirectional encoder with normalisation after each block. Defaults are those of bert-base-uncased.</summary>
[Entry("bert")]
public sealed record BertConfig : TextModelConfig
{
    /// <inheritdoc/>
    public override string ModelType => "bert";

    /// <inheritdoc/>
    [JsonPropertyName("vocab_size")]
    public override long VocabularySize { get; init => field = Guard.Between(value, 1, 10_000_000); } = 30_522;

    /// <inheritdoc/>
    [JsonPropertyName("hidden_size")]
    public override long HiddenSize { get; init => field = Guard.Between(value, 1, 65_536); } = 768;

    /// <inheritdoc/>
    [JsonPropertyName("num_hidden_layers")]
    public override int NumLayers { get; init => field = Guard.Between(value, 0, 1000); } = 12;

    /// <inheritdoc/>
    [JsonPropertyName("num_attention_heads")]
    public override long NumHeads { get; init => field = Guard.Between(value, 1, 4096); } = 12;

    /// <inheritdoc/>
    [JsonPropertyName("max_position_embeddings")]
    public override long MaxPositions { get; init => field = Guard.Between(value, 1, 10_000_000); } = 512;

    /// <summary>Width of the feed-forward block.</summary>
    [JsonPropertyName("intermediate_size")]
    [Range(1, 1_000_000)]
    public long IntermediateSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 3072;

    /// <summary>Non-linearity of the feed-forward block.</summary>
    [JsonPropertyName("hidden_act")]
    [JsonConverter(typeof(ActivationConverter))]
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Dropout after embeddings and blocks.</summary>
    [JsonPropertyName("hidden_dropout_prob")]
    [Range(0, 1, BelowHigh = true)]
    public double DropRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>Dropout of attention weights.</summary>
    [JsonPropertyName("attention_probs_dropout_prob")]
    [Range(0, 1, BelowHigh = true)]
    public double AttentionDropRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>Number of kinds of text in a pair.</summary>
    [JsonPropertyName("type_vocab_size")]
    [Range(1, 65_536)]
    public long NumTokenTypes { get; init => field = Guard.Between(value, 1, 65_536); } = 2;

    /// <summary>Added to variances.</summary>
    [JsonPropertyName("layer_norm_eps")]
    [Range(0, 1)]
    public double LayerNormEpsilon { get; init => field = Guard.Between(value, 0, 1); } = 1e-12;

    /// <inheritdoc/>
    [JsonPropertyName("pad_token_id")]
    public override long? PaddingId { get; init => field = value is { } id ? Guard.Between(id, 0, 10_000_000) : null; } = 0;

    /// <inheritdoc/>
    public override IReadOnlyList<TextHead> Heads => [TextHead.None, TextHead.PreTraining, TextHead.MaskedLanguageModel, TextHead.SequenceClassification, TextHead.TokenClassification, TextHead.QuestionAnswering];

    internal override ModelConfig? WithFeedForward(long hidden) => this with { IntermediateSize = hidden };

    private protected override TextModel CreateText() => new Bert(this);
}
