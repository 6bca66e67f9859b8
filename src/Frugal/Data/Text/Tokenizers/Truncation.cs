namespace Frugal.Data.Text.Tokenizers;

/// <summary>Which text is cut at its end where a pair is too long.</summary>
public enum Truncation
{
    /// <summary>One token at a time from the longer one; from the second where both are equally long.</summary>
    LongestFirst,

    /// <summary>The first alone.</summary>
    OnlyFirst,

    /// <summary>The second alone: the context of a question.</summary>
    OnlySecond,

    /// <summary>None; what is too long is an error.</summary>
    Refuse,
}
