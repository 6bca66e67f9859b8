namespace Frugal.Data.Text.Questions;

/// <summary>An answer that stands in a context.</summary>
/// <param name="Text">The answer as it stands there.</param>
/// <param name="Start">Where it begins in the context, in UTF-16 code units.</param>
public sealed record Answer(string Text, int Start)
{
    /// <summary>Where it ends, exclusive.</summary>
    public int End => Start + Text.Length;
}
