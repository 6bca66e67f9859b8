using System.Text.Json.Serialization;
using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>
/// A causal decoder whose attention and feed-forward block see the same normalised tokens and are added to them together: <c>x + attention(z) + feed-forward(z)</c>, <c>z = norm(x)</c>. Norms have a scale and no shift,
/// positions are rotary, feed-forward blocks gated. The seed models of Branch-Attend-Mix (Zhang et al. 2024, arXiv 2408.08274); defaults are those of its small one.
/// </summary>
[Entry("parallel-decoder", Paper = "bam")]
public sealed record ParallelDecoderConfig : TextModelConfig
{
    /// <inheritdoc/>
    public override string ModelType => "parallel-decoder";

    /// <inheritdoc/>
    [JsonPropertyName("vocab_size")]
    public override long VocabularySize { get; init => field = Guard.Between(value, 1, 10_000_000); } = 256_000;

    /// <inheritdoc/>
    [JsonPropertyName("hidden_size")]
    public override long HiddenSize { get; init => field = Guard.Between(value, 1, 65_536); } = 1024;

    /// <inheritdoc/>
    [JsonPropertyName("num_hidden_layers")]
    public override int NumLayers { get; init => field = Guard.Between(value, 0, 1000); } = 6;

    /// <inheritdoc/>
    [JsonPropertyName("num_attention_heads")]
    public override long NumHeads { get; init => field = Guard.Between(value, 1, 4096); } = 8;

    /// <inheritdoc/>
    [JsonPropertyName("max_position_embeddings")]
    public override long MaxPositions { get; init => field = Guard.Between(value, 1, 10_000_000); } = 2048;

    /// <summary>Heads of keys and values; as many as of queries when null.</summary>
    [JsonPropertyName("num_key_value_heads")]
    [Range(1, 4096)]
    public long? NumKeyValueHeads { get; init => field = value is { } heads ? Guard.Between(heads, 1, 4096) : null; }

    /// <summary>Width of the feed-forward block: half of what the paper calls so, which counts gate and input together.</summary>
    [JsonPropertyName("intermediate_size")]
    [Range(1, 1_000_000)]
    public long IntermediateSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 2048;

    /// <summary>Non-linearity of the gate.</summary>
    [JsonPropertyName("hidden_act")]
    [JsonConverter(typeof(ActivationConverter))]
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Added to variances.</summary>
    [JsonPropertyName("layer_norm_eps")]
    [Range(0, 1)]
    public double LayerNormEpsilon { get; init => field = Guard.Between(value, 0, 1); } = 1e-5;

    /// <summary>Base of the rotary frequencies.</summary>
    [JsonPropertyName("rope_theta")]
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double RotaryTheta { get; init => field = Guard.Positive(value); } = 10_000;

    /// <summary>Dropout of attention weights.</summary>
    [JsonPropertyName("attention_dropout")]
    [Range(0, 1, BelowHigh = true)]
    public double AttentionDropRate { get; init => field = Guard.Fraction(value); }

    /// <summary>Whether the head's matrix is the word embedding.</summary>
    [JsonPropertyName("tie_word_embeddings")]
    public bool TiesEmbeddings { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<TextHead> Heads => [TextHead.None, TextHead.CausalLanguageModel];

    internal override ModelConfig? WithFeedForward(long hidden) => this with { IntermediateSize = hidden };

    private protected override TextModel CreateText() =>
        new RotaryModel(this, new RotaryDecoder(this, () => new ParallelDecoderLayer(this), Norm(), Attention().Rotary()), TiesEmbeddings);

    /// <summary>A normalisation with a scale and no shift.</summary>
    internal Module<Tensor, Tensor> Norm() => LayerNorm(HiddenSize, LayerNormEpsilon, elementwise_affine: true, bias: false);

    /// <summary>Sizes and options of its attention.</summary>
    /// <exception cref="FrugalException">The heads do not divide.</exception>
    internal RotaryAttentionShape Attention() => new(HiddenSize, NumHeads, NumKeyValueHeads ?? NumHeads, EvenHeadDim) { DropRate = AttentionDropRate, RotaryTheta = RotaryTheta };
}
