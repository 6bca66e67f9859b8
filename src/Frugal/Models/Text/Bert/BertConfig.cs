using System.Text.Json.Serialization;
using Frugal.Catalogue;

namespace Frugal.Models.Text;

/// <summary>BERT (Devlin et al. 2018, arXiv 1810.04805): a bidirectional encoder with normalisation after each block. Defaults are those of bert-base-uncased.</summary>
[Entry("bert")]
public sealed record BertConfig : EncoderConfig
{
    /// <summary>bert-base-uncased.</summary>
    public BertConfig() =>
        (VocabularySize, HiddenSize, NumLayers, NumHeads, IntermediateSize, LayerNormEpsilon, PaddingId) = (30_522, 768, 12, 12, 3072, 1e-12, 0);

    /// <inheritdoc/>
    public override string ModelType => "bert";

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

    /// <inheritdoc/>
    public override IReadOnlyList<TextHead> Heads => [TextHead.None, TextHead.PreTraining, TextHead.MaskedLanguageModel, TextHead.SequenceClassification, TextHead.TokenClassification, TextHead.QuestionAnswering];

    internal override ModelConfig? WithFeedForward(long hidden) => this with { IntermediateSize = hidden };

    private protected override TextModel CreateText() => new Bert(this);
}
