using Frugal.Interop;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>An added token as the transformers library writes it.</summary>
internal sealed record AddedTokenJson
{
    public int Id { get; init; }

    public string? Content { get; init; }

    public bool SingleWord { get; init; }

    public bool Lstrip { get; init; }

    public bool Rstrip { get; init; }

    public bool Normalized { get; init; }

    public bool Special { get; init; }

    /// <summary>The token.</summary>
    /// <exception cref="FrugalException">It has no text, or is found in a way that there is not.</exception>
    public AddedToken Token(string source)
    {
        if (string.IsNullOrEmpty(Content))
            throw new FrugalException($"{source}: the added token {Id} has no content.");
        if (SingleWord)
            throw new FrugalException($"{source}: the added token {Refusal.Quote(Content)} is only found as a single word (single_word), which Frugal has not.");
        return new AddedToken(Content, Id) { IsSpecial = Special, StripsLeft = Lstrip, StripsRight = Rstrip };
    }

    /// <summary>A token as it is written.</summary>
    public static AddedTokenJson Of(AddedToken token) =>
        new() { Id = token.Id, Content = token.Text, Lstrip = token.StripsLeft, Rstrip = token.StripsRight, Special = token.IsSpecial };
}
