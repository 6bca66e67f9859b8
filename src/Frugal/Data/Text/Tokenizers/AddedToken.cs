namespace Frugal.Data.Text.Tokenizers;

/// <summary>A token that is looked for in the text as it stands, before anything is normalised or split.</summary>
/// <param name="Text">What it looks like: <c>[SEP]</c>.</param>
/// <param name="Id">Its number in the vocabulary.</param>
public sealed record AddedToken(string Text, int Id)
{
    /// <summary>Whether it is part of the form rather than of the text, so that decoding leaves it out when asked. Default true.</summary>
    public bool IsSpecial { get; init; } = true;

    /// <summary>Whether it takes in the white space before it, as RoBERTa's <c>&lt;mask&gt;</c> does.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Whether it takes in the white space after it.</summary>
    public bool StripsRight { get; init; }
}
