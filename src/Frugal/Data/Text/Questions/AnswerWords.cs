using System.Globalization;
using System.Text;

namespace Frugal.Data.Text.Questions;

/// <summary>Normalises answers as SQuAD's official scripts do: lower case, without ASCII punctuation, without articles, cut at white space.</summary>
internal static class AnswerWords
{
    private static readonly string[] articles = ["a", "an", "the"];

    /// <summary>The words of an answer.</summary>
    public static string[] Of(string answer)
    {
        string unpunctuated = string.Concat(LowerCasing.Of(answer).Where(unit => !IsPunctuation(unit)));
        var text = new StringBuilder(unpunctuated.Length);
        var word = new StringBuilder();
        foreach (var rune in unpunctuated.EnumerateRunes())
        {
            if (IsWord(rune))
            {
                word.Append(rune.ToString());
                continue;
            }
            End(word, text);
            text.Append(IsSpace(rune) ? " " : rune.ToString());
        }
        End(word, text);
        return text.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    // An article is replaced by a space wherever Python's \b stands on both of its sides, also inside "the–end".
    private static void End(StringBuilder word, StringBuilder text)
    {
        string ended = word.ToString();
        text.Append(articles.Contains(ended) ? " " : ended);
        word.Clear();
    }

    private static bool IsPunctuation(char unit) => unit is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~');

    // Python's \w: str.isalnum, or an underscore (which went with the punctuation).
    private static bool IsWord(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    // Python's split() also cuts at the four ASCII separators.
    private static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune) || rune.Value is >= 0x1C and <= 0x1F;
}
