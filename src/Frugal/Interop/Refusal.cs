using System.Text;

namespace Frugal.Interop;

/// <summary>Words the error for a file that cannot be accepted: which file, why, and what to use instead.</summary>
/// <param name="source">The path, or another name for where the bytes come from.</param>
/// <param name="kind">What the bytes claim to be: <c>safetensors file</c>.</param>
internal sealed class Refusal(string source, string kind)
{
    private const int LongestQuote = 80;

    /// <summary>The file's path or name.</summary>
    public string Source => source;

    /// <summary>The error: <c>PATH is not a valid KIND: REASON.</c></summary>
    public FrugalException Because(string reason, Exception? cause = null) => new($"{source} is not a valid {kind}: {reason}.", cause);

    /// <summary>A name out of a file, fit for a terminal: shortened, and with control characters spelled out.</summary>
    public static string Quote(string name)
    {
        var text = new StringBuilder("'");
        foreach (var rune in name.EnumerateRunes().Take(LongestQuote))
            text.Append(IsPrintable(rune) ? rune.ToString() : $"\\u{rune.Value:x4}");
        if (name.EnumerateRunes().Skip(LongestQuote).Any())
            text.Append('…');
        return text.Append('\'').ToString();
    }

    private static bool IsPrintable(Rune rune) => !Rune.IsControl(rune) &&
        Rune.GetUnicodeCategory(rune) is not (System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator
            or System.Globalization.UnicodeCategory.ParagraphSeparator);
}
