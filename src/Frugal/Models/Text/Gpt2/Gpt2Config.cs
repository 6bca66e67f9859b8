using System.Text.Json.Serialization;
using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;

namespace Frugal.Models.Text;

/// <summary>GPT-2 (Radford et al. 2019): a causal decoder with normalisation before each block and a tied head. Defaults are those of gpt2 (124 M parameters).</summary>
[Entry("gpt2")]
public sealed record Gpt2Config : TextModelConfig
{
    /// <inheritdoc/>
    public override string ModelType => "gpt2";

    /// <inheritdoc/>
    [JsonPropertyName("vocab_size")]
    public override long VocabularySize { get; init => field = Guard.Between(value, 1, 10_000_000); } = 50_257;

    /// <inheritdoc/>
    [JsonPropertyName("n_embd")]
    public override long HiddenSize { get; init => field = Guard.Between(value, 1, 65_536); } = 768;

    /// <inheritdoc/>
    [JsonPropertyName("n_layer")]
    public override int NumLayers { get; init => field = Guard.Between(value, 0, 1000); } = 12;

    /// <inheritdoc/>
    [JsonPropertyName("n_head")]
    public override long NumHeads { get; init => field = Guard.Between(value, 1, 4096); } = 12;

    /// <inheritdoc/>
    [JsonPropertyName("n_positions")]
    public override long MaxPositions { get; init => field = Guard.Between(value, 1, 10_000_000); } = 1024;

    /// <summary>Width of the feed-forward block; four times the width of a token when null.</summary>
    [JsonPropertyName("n_inner")]
    [Range(1, 1_000_000)]
    public long? IntermediateSize { get; init => field = value is { } size ? Guard.Between(size, 1, 1_000_000) : null; }

    /// <summary>Non-linearity of the feed-forward block.</summary>
    [JsonPropertyName("activation_function")]
    [JsonConverter(typeof(ActivationConverter))]
    public Activation Activation { get; init; } = Activation.GeluTanh;

    /// <summary>Dropout after blocks.</summary>
    [JsonPropertyName("resid_pdrop")]
    [Range(0, 1, BelowHigh = true)]
    public double DropRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>Dropout after the embedding.</summary>
    [JsonPropertyName("embd_pdrop")]
    [Range(0, 1, BelowHigh = true)]
    public double EmbeddingDropRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>Dropout of attention weights.</summary>
    [JsonPropertyName("attn_pdrop")]
    [Range(0, 1, BelowHigh = true)]
    public double AttentionDropRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>Added to variances.</summary>
    [JsonPropertyName("layer_norm_epsilon")]
    [Range(0, 1)]
    public double LayerNormEpsilon { get; init => field = Guard.Between(value, 0, 1); } = 1e-5;

    /// <summary>Whether scores are divided by √width.</summary>
    [JsonPropertyName("scale_attn_weights")]
    public bool ScalesAttention { get; init; } = true;

    /// <summary>Whether scores of layer i are divided by i + 1 besides.</summary>
    [JsonPropertyName("scale_attn_by_inverse_layer_idx")]
    public bool ScalesAttentionByLayer { get; init; }

    /// <summary>Whether the head's matrix is the word embedding.</summary>
    [JsonPropertyName("tie_word_embeddings")]
    public bool TiesEmbeddings { get; init; } = true;

    /// <inheritdoc/>
    public override IReadOnlyList<TextHead> Heads => [TextHead.None, TextHead.CausalLanguageModel, TextHead.SequenceClassification];

    internal override ModelConfig? WithFeedForward(long hidden) => this with { IntermediateSize = hidden };

    private protected override TextModel CreateText() => new Gpt2(this);
}
