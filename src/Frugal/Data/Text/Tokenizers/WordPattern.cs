using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Frugal.Interop;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>
/// Cuts text into words by a regular expression, as byte-level tokenizers do. .NET's expressions see a character beyond the Basic Multilingual Plane as two surrogates of no class; a stand-in
/// of the same category takes its place while they look.
/// </summary>
internal sealed class WordPattern
{
    /// <summary>GPT-2's.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const int LongestPattern = 2000;
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);
    private readonly Regex regex;

    /// <exception cref="FrugalException">The pattern is none that .NET reads.</exception>
    public WordPattern(string pattern)
    {
        if (pattern.Length > LongestPattern)
            throw new FrugalException($"The tokenizer's pattern has {pattern.Length} characters; at most {LongestPattern} are taken.");
        try
        {
            regex = new Regex(pattern, RegexOptions.CultureInvariant, patience);
        }
        catch (ArgumentException error)
        {
            throw new FrugalException($"The tokenizer's pattern {Refusal.Quote(pattern)} is no regular expression that .NET reads: {error.Message}", error);
        }
        Pattern = pattern;
    }

    /// <summary>The regular expression.</summary>
    public string Pattern { get; }

    /// <summary>Matches and what is between them, in order; nothing is empty.</summary>
    /// <exception cref="FrugalException">The pattern takes too long on the text.</exception>
    public List<(int Start, int End)> Cut(string text)
    {
        var words = new List<(int, int)>();
        var (shadow, places) = Shadow(text);
        int at = 0;
        try
        {
            foreach (var match in regex.EnumerateMatches(shadow))
            {
                if (match.Index > at)
                    words.Add((places(at), places(match.Index)));
                if (match.Length > 0)
                    words.Add((places(match.Index), places(match.Index + match.Length)));
                at = match.Index + match.Length;
            }
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new FrugalException($"The tokenizer's pattern {Refusal.Quote(Pattern)} took longer than {patience.TotalSeconds} s on a text of {text.Length} characters.", error);
        }
        if (at < shadow.Length)
            words.Add((places(at), text.Length));
        return words;
    }

    private static (string Shadow, Func<int, int> Places) Shadow(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return (text, place => place);
        var shadow = new StringBuilder(text.Length);
        var places = new List<int>(text.Length);
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out int length);
            shadow.Append(rune.IsBmp ? text[at] : StandIn(Rune.GetUnicodeCategory(rune)));
            places.Add(at);
            at += length;
        }
        places.Add(text.Length);
        return (shadow.ToString(), place => places[place]);
    }

    private static char StandIn(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => 'À',
        UnicodeCategory.LowercaseLetter => 'à',
        UnicodeCategory.TitlecaseLetter => '\u01C5',
        UnicodeCategory.ModifierLetter => '\u02B0',
        UnicodeCategory.OtherLetter => '\u05D0',
        UnicodeCategory.NonSpacingMark => '\u0300',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.DecimalDigitNumber => '\u0660',
        UnicodeCategory.LetterNumber => '\u2160',
        UnicodeCategory.OtherNumber => '\u00B2',
        UnicodeCategory.DashPunctuation => '\u2014',
        UnicodeCategory.OtherPunctuation => '\u00B7',
        UnicodeCategory.MathSymbol => '\u00D7',
        UnicodeCategory.CurrencySymbol => '\u20AC',
        UnicodeCategory.ModifierSymbol => '\u00B4',
        UnicodeCategory.OtherSymbol => '\u00A9',
        UnicodeCategory.Format => '\u00AD',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\u0378', // not assigned
    };
}
