using Frugal.Data.Text.Tokenizers;

namespace Frugal.Data.Text;

/// <summary>Texts with their classes, as token ids: the tokenizer's form around each, its end cut off or filled with padding.</summary>
public sealed class LabelledTokens : TokenDataset
{
    private readonly int[][] ids;
    private readonly int[] labels;

    /// <param name="texts">The texts.</param>
    /// <param name="classNames">Names of the classes, in the order of their labels.</param>
    /// <param name="tokenizer">Makes tokens of them.</param>
    /// <param name="maxTokens">Tokens of an example, the tokenizer's special ones included.</param>
    /// <exception cref="FrugalException">The tokenizer has no padding, or a text a class that has no name.</exception>
    public LabelledTokens(IReadOnlyList<LabelledText> texts, IReadOnlyList<string> classNames, Tokenizer tokenizer, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(classNames);
        Info = TextInfo.Padded(TextTask.SequenceClassification, tokenizer, maxTokens, classNames);
        if (texts.FirstOrDefault(text => text.Label < 0 || text.Label >= classNames.Count) is { } stray)
            throw new FrugalException($"A text has the class {stray.Label}, and there are {classNames.Count} classes: {stray.Text}");
        ids = [.. texts.Select(text => tokenizer.EncodeOne(text.Text, maxTokens).Ids.ToArray())];
        labels = [.. texts.Select(text => text.Label)];
    }

    /// <inheritdoc/>
    public override int Count => ids.Length;

    /// <inheritdoc/>
    public override TextInfo Info { get; }

    /// <inheritdoc/>
    public override int Label(int index) => labels[index];

    /// <inheritdoc/>
    public override void Write(int index, RandomStream random, Span<long> tokens, Span<long> targets)
    {
        Info.Fill(ids[index], tokens);
        targets[0] = labels[index];
    }
}
