using Frugal.Data.Text.Tokenizers;
using static TorchSharp.torch;

namespace Frugal.Data.Text;

/// <summary>What a model must know of texts.</summary>
/// <param name="Task">What is asked about them.</param>
/// <param name="VocabularySize">Number of tokens that there are.</param>
/// <param name="Tokens">Tokens of an example, with padding.</param>
/// <param name="PaddingId">The token that fills what an example is too short for, or null where no example is.</param>
/// <param name="ClassNames">Names of the classes, in the order of their labels; none where tokens or places are asked for.</param>
public sealed record TextInfo(TextTask Task, int VocabularySize, int Tokens, int? PaddingId, IReadOnlyList<string> ClassNames) : DataInfo(ClassNames)
{
    /// <summary>What made the tokens, or null where it is not known; a saved model keeps it beside its weights.</summary>
    public Tokenizer? Tokenizer { get; init; }

    /// <summary>The token that ends each text of a pair, so that a model can tell the two apart; null where examples are no pairs, or the tokenizer's form does not tell them apart.</summary>
    public int? SeparatorId { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> InputShape => [Tokens];

    /// <inheritdoc/>
    public override TargetKind Targets => Task switch
    {
        TextTask.SequenceClassification => TargetKind.Label,
        TextTask.QuestionAnswering => TargetKind.Span,
        _ => TargetKind.Tokens,
    };

    /// <inheritdoc/>
    public override Tensor RandomInputs(long batch, Device device, Generator? generator = null) => randint(0, VocabularySize, [batch, Tokens], int64, generator: generator).to(device);

    /// <summary>What a model must know of texts that padding brings to one length.</summary>
    /// <remarks>The tokenizers of decoders have no padding; there the end of a text fills, as is usual, unless their form puts one into each text.</remarks>
    /// <exception cref="FrugalException">The tokenizer has nothing to fill with.</exception>
    internal static TextInfo Padded(TextTask task, Tokenizer tokenizer, int tokens, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        int? end = tokenizer.Template.Specials.Contains(tokenizer.Special.Separator) ? null : tokenizer.SeparatorId;
        int padding = tokenizer.PaddingId ?? end ?? throw new FrugalException(
            "The tokenizer has no padding token, nor an end of text that could take its place, so texts cannot be brought to one length; name one as pad_token in its tokenizer_config.json.");
        return new TextInfo(task, tokenizer.VocabularySize, tokens, padding, classNames) { Tokenizer = tokenizer };
    }

    /// <summary>Writes the tokens of an example, and padding behind them.</summary>
    internal void Fill(IReadOnlyList<int> ids, Span<long> tokens)
    {
        tokens.Fill(PaddingId!.Value);
        for (int i = 0; i < ids.Count; i++)
            tokens[i] = ids[i];
    }
}
