namespace Frugal.Data.Text.Tokenizers;

/// <summary>The form in which one text, or a pair of them, is given to a model: which special tokens stand where.</summary>
/// <param name="Single">For one text; holds the first text once.</param>
/// <param name="Pair">For two; holds each once.</param>
public sealed record EncodingTemplate(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair)
{
    /// <summary><c>[CLS] A [SEP]</c> and <c>[CLS] A [SEP] B [SEP]</c>, the last two of the pair in segment 1 (Devlin et al. 2019).</summary>
    public static EncodingTemplate Bert(string classify, string separator) => new(
        [TemplatePart.Of(classify), TemplatePart.First(), TemplatePart.Of(separator)],
        [TemplatePart.Of(classify), TemplatePart.First(), TemplatePart.Of(separator), TemplatePart.Second(1), TemplatePart.Of(separator, 1)]);

    /// <summary><c>&lt;s&gt; A &lt;/s&gt;</c> and <c>&lt;s&gt; A &lt;/s&gt; &lt;/s&gt; B &lt;/s&gt;</c>, all in segment 0 (Liu et al. 2019).</summary>
    public static EncodingTemplate Roberta(string classify, string separator) => new(
        [TemplatePart.Of(classify), TemplatePart.First(), TemplatePart.Of(separator)],
        [TemplatePart.Of(classify), TemplatePart.First(), TemplatePart.Of(separator), TemplatePart.Of(separator), TemplatePart.Second(), TemplatePart.Of(separator)]);

    /// <summary>A token before each text, after each, both or neither; the second text is in segment 1.</summary>
    /// <param name="before">Begins each text, or null.</param>
    /// <param name="after">Ends each text, or null.</param>
    public static EncodingTemplate Around(string? before, string? after)
    {
        IEnumerable<TemplatePart> Around(TemplatePart text, int segment) =>
            [.. before is null ? Array.Empty<TemplatePart>() : [TemplatePart.Of(before, segment)], text, .. after is null ? Array.Empty<TemplatePart>() : [TemplatePart.Of(after, segment)]];
        TemplatePart[] single = [.. Around(TemplatePart.First(), 0)];
        return new(single, [.. single, .. Around(TemplatePart.Second(1), 1)]);
    }

    /// <summary>Special tokens of either form, each once.</summary>
    internal IEnumerable<string> Specials => Single.Concat(Pair).Select(part => part.Special).OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>The form for one or two texts, which holds each of them once and no other.</summary>
    /// <exception cref="FrugalException">It does not.</exception>
    internal IReadOnlyList<TemplatePart> For(int texts)
    {
        var form = texts == 1 ? Single : Pair;
        int[] held = [.. form.Where(part => part.Special is null).Select(part => part.Text).Order()];
        return held.SequenceEqual(Enumerable.Range(0, texts))
            ? form
            : throw new FrugalException($"The tokenizer's form for {(texts == 1 ? "one text" : "a pair of texts")} must hold each text once; it holds [{string.Join(", ", held)}].");
    }
}
