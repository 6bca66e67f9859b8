using System.Text.Json.Serialization;
using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;

namespace Frugal.Models.Text;

/// <summary>
/// LLaMA (Touvron et al. 2023, arXiv 2302.13971 and 2307.09288): a causal decoder with root-mean-square norms, rotary positions, gated feed-forward blocks and, in later ones, fewer heads of keys
/// and values than of queries. Defaults are those of Llama-2-7B.
/// </summary>
[Entry("llama")]
public sealed record LlamaConfig : TextModelConfig
{
    /// <inheritdoc/>
    public override string ModelType => "llama";

    /// <inheritdoc/>
    [JsonPropertyName("vocab_size")]
    public override long VocabularySize { get; init => field = Guard.Between(value, 1, 10_000_000); } = 32_000;

    /// <inheritdoc/>
    [JsonPropertyName("hidden_size")]
    public override long HiddenSize { get; init => field = Guard.Between(value, 1, 65_536); } = 4096;

    /// <inheritdoc/>
    [JsonPropertyName("num_hidden_layers")]
    public override int NumLayers { get; init => field = Guard.Between(value, 0, 1000); } = 32;

    /// <inheritdoc/>
    [JsonPropertyName("num_attention_heads")]
    public override long NumHeads { get; init => field = Guard.Between(value, 1, 4096); } = 32;

    /// <inheritdoc/>
    [JsonPropertyName("max_position_embeddings")]
    public override long MaxPositions { get; init => field = Guard.Between(value, 1, 10_000_000); } = 2048;

    /// <summary>Heads of keys and values; as many as of queries when null.</summary>
    [JsonPropertyName("num_key_value_heads")]
    [Range(1, 4096)]
    public long? NumKeyValueHeads { get; init => field = value is { } heads ? Guard.Between(heads, 1, 4096) : null; }

    /// <summary>Width of a head; the width of a token divided among the heads when null.</summary>
    [JsonPropertyName("head_dim")]
    [Range(1, 65_536)]
    public long? HeadDim { get; init => field = value is { } width ? Guard.Between(width, 1, 65_536) : null; }

    /// <summary>Width of the feed-forward block.</summary>
    [JsonPropertyName("intermediate_size")]
    [Range(1, 1_000_000)]
    public long IntermediateSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 11_008;

    /// <summary>Non-linearity of the gate.</summary>
    [JsonPropertyName("hidden_act")]
    [JsonConverter(typeof(ActivationConverter))]
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Added to mean squares.</summary>
    [JsonPropertyName("rms_norm_eps")]
    [Range(0, 1)]
    public double RmsNormEpsilon { get; init => field = Guard.Between(value, 0, 1); } = 1e-6;

    /// <summary>Base of the rotary frequencies.</summary>
    [JsonPropertyName("rope_theta")]
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double RotaryTheta { get; init => field = Guard.Positive(value); } = 10_000;

    /// <summary>Stretching of the rotary positions; null for none.</summary>
    [JsonPropertyName("rope_scaling")]
    [JsonConverter(typeof(RotaryScalingConverter))]
    public RotaryScaling? RotaryScaling { get; init; }

    /// <summary>Dropout of attention weights.</summary>
    [JsonPropertyName("attention_dropout")]
    [Range(0, 1, BelowHigh = true)]
    public double AttentionDropRate { get; init => field = Guard.Fraction(value); }

    /// <summary>Whether the projections of attention have biases.</summary>
    [JsonPropertyName("attention_bias")]
    public bool HasAttentionBias { get; init; }

    /// <summary>Whether the feed-forward block has biases.</summary>
    [JsonPropertyName("mlp_bias")]
    public bool HasFeedForwardBias { get; init; }

    /// <summary>Whether the head's matrix is the word embedding.</summary>
    [JsonPropertyName("tie_word_embeddings")]
    public bool TiesEmbeddings { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<TextHead> Heads => [TextHead.None, TextHead.CausalLanguageModel, TextHead.SequenceClassification];

    internal override ModelConfig? WithFeedForward(long hidden) => this with { IntermediateSize = hidden };

    private protected override TextModel CreateText() =>
        new RotaryModel(this, new RotaryDecoder(this, () => new LlamaLayer(this), new RmsNorm(HiddenSize, RmsNormEpsilon), Attention().Rotary()), TiesEmbeddings);

    /// <summary>Sizes and options of its attention.</summary>
    /// <exception cref="FrugalException">The heads do not divide.</exception>
    internal RotaryAttentionShape Attention() =>
        new(HiddenSize, NumHeads, NumKeyValueHeads ?? NumHeads, HeadDim ?? EvenHeadDim) { HasBias = HasAttentionBias, DropRate = AttentionDropRate, RotaryTheta = RotaryTheta, RotaryScaling = RotaryScaling };
}
