using System.Text.Json.Serialization;
using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;

namespace Frugal.Models.Text;

/// <summary>The sizes of an encoder under BERT's keys, which the families with these keys share; what each of them begins with its constructor says.</summary>
public abstract record EncoderConfig : TextModelConfig
{
    /// <inheritdoc/>
    [JsonPropertyName("vocab_size")]
    public sealed override long VocabularySize { get; init => field = Guard.Between(value, 1, 10_000_000); }

    /// <inheritdoc/>
    [JsonPropertyName("hidden_size")]
    public sealed override long HiddenSize { get; init => field = Guard.Between(value, 1, 65_536); }

    /// <inheritdoc/>
    [JsonPropertyName("num_hidden_layers")]
    public sealed override int NumLayers { get; init => field = Guard.Between(value, 0, 1000); }

    /// <inheritdoc/>
    [JsonPropertyName("num_attention_heads")]
    public sealed override long NumHeads { get; init => field = Guard.Between(value, 1, 4096); }

    /// <inheritdoc/>
    [JsonPropertyName("max_position_embeddings")]
    public sealed override long MaxPositions { get; init => field = Guard.Between(value, 1, 10_000_000); } = 512;

    /// <summary>Width between the two layers of a feed-forward block, or of an expert.</summary>
    [JsonPropertyName("intermediate_size")]
    [Range(1, 1_000_000)]
    public long IntermediateSize { get; init => field = Guard.Between(value, 1, 1_000_000); }

    /// <summary>Non-linearity between them.</summary>
    [JsonPropertyName("hidden_act")]
    [JsonConverter(typeof(ActivationConverter))]
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Added to variances.</summary>
    [JsonPropertyName("layer_norm_eps")]
    [Range(0, 1)]
    public double LayerNormEpsilon { get; init => field = Guard.Between(value, 0, 1); }
}
