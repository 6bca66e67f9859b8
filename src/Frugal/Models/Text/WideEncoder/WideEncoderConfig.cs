using System.Text.Json.Serialization;
using Frugal.Catalogue;
using Frugal.Layers;

namespace Frugal.Models.Text;

/// <summary>
/// An encoder that classifies texts, whose heads have a width of their own: depth can be traded for heads in a layer, down to a single layer with all of them (Brown et al. 2022, arXiv 2210.00640). Each layer
/// normalises before attention and before the feed-forward block. <see cref="Reaspect"/> gives the others of the family.
/// </summary>
[Entry("wide-encoder", Paper = "wide-attention")]
public sealed record WideEncoderConfig : EncoderConfig
{
    /// <summary>A small encoder of one layer.</summary>
    public WideEncoderConfig() => (VocabularySize, HiddenSize, NumLayers, NumHeads, IntermediateSize, LayerNormEpsilon) = (256, 64, 1, 8, 128, 1e-5);

    /// <inheritdoc/>
    public override string ModelType => "wide-encoder";

    /// <summary>Width of a head, d_h in the paper. It stays the same when heads are traded for layers, so that all heads together need not be as wide as a token.</summary>
    [JsonPropertyName("head_dim")]
    [Range(1, 65_536)]
    public long HeadDim { get; init => field = Guard.Between(value, 1, 65_536); } = 16;

    /// <summary>How heads mix the tokens.</summary>
    [JsonPropertyName("attention_type")]
    [JsonConverter(typeof(JsonStringEnumConverter<AttentionType>))]
    public AttentionType Attention { get; init; } = AttentionType.Softmax;

    /// <summary>Tokens of a block, of local attention.</summary>
    [JsonPropertyName("attention_window")]
    [Range(1, 65_536)]
    public long Window { get; init => field = Guard.Between(value, 1, 65_536); } = 32;

    /// <summary>Keys and values that are left of a sequence, of Linformer.</summary>
    [JsonPropertyName("projected_tokens")]
    [Range(1, 65_536)]
    public long ProjectedTokens { get; init => field = Guard.Between(value, 1, 65_536); } = 32;

    /// <summary>What of the tokens the classifier sees.</summary>
    [JsonPropertyName("pool")]
    [JsonConverter(typeof(JsonStringEnumConverter<TokenPool>))]
    public TokenPool Pool { get; init; } = TokenPool.Mean;

    /// <summary>Dropout within feed-forward blocks and of attention weights.</summary>
    [JsonPropertyName("dropout")]
    [Range(0, 1, BelowHigh = true)]
    public double DropRate { get; init => field = Guard.Fraction(value); }

    /// <summary>Heads of all layers together, which stay the same in a family.</summary>
    public long TotalHeads => NumLayers * NumHeads;

    /// <inheritdoc/>
    public override IReadOnlyList<TextHead> Heads => [TextHead.None, TextHead.SequenceClassification];

    /// <summary>The same encoder with another depth and as many heads in all; nothing else changes.</summary>
    /// <param name="layers">Its layers.</param>
    /// <exception cref="FrugalException">The heads cannot be shared out evenly.</exception>
    public WideEncoderConfig Reaspect(int layers)
    {
        Guard.AtLeast(layers, 1, nameof(layers));
        return TotalHeads > 0 && TotalHeads % layers == 0
            ? this with { NumLayers = layers, NumHeads = TotalHeads / layers }
            : throw new FrugalException($"{NumLayers} layers of {NumHeads} heads have {TotalHeads} heads in all, which {layers} layers cannot share evenly");
    }

    /// <summary>Parameters and multiply-adds, by part, without building it.</summary>
    /// <param name="tokens">Tokens of a sequence.</param>
    public EncoderAccount Account(long tokens) => EncoderAccount.Of(this, Guard.AtLeast(tokens, 1, nameof(tokens)));

    internal override ModelConfig? WithFeedForward(long hidden) => this with { IntermediateSize = hidden };

    private protected override TextModel CreateText() => new WideEncoder(this);
}
