namespace Frugal.Data.Text.Tokenizers;

/// <summary>What the tokens with a role are called; null where a tokenizer has none for the role.</summary>
public sealed record SpecialTokens
{
    /// <summary>BERT's: <c>[PAD]</c>, <c>[UNK]</c>, <c>[CLS]</c>, <c>[SEP]</c>, <c>[MASK]</c>.</summary>
    public static SpecialTokens Bert { get; } = new() { Padding = "[PAD]", Unknown = "[UNK]", Classify = "[CLS]", Separator = "[SEP]", Mask = "[MASK]" };

    /// <summary>Fills the rows of a batch up to one length.</summary>
    public string? Padding { get; init; }

    /// <summary>Stands for what the vocabulary lacks.</summary>
    public string? Unknown { get; init; }

    /// <summary>Begins a text: <c>[CLS]</c> or the beginning of sequence.</summary>
    public string? Classify { get; init; }

    /// <summary>Ends a text: <c>[SEP]</c> or the end of sequence.</summary>
    public string? Separator { get; init; }

    /// <summary>Stands for a token to be guessed.</summary>
    public string? Mask { get; init; }

    /// <summary>Those that there are.</summary>
    public IReadOnlyList<string> All => [.. new[] { Padding, Unknown, Classify, Separator, Mask }.OfType<string>().Distinct(StringComparer.Ordinal)];
}
