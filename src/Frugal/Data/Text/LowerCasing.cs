using System.Globalization;
using System.Text;

namespace Frugal.Data.Text;

/// <summary>
/// Unicode's full lower-casing without a culture, as Python's: the dotted capital I becomes two characters, and a capital sigma that ends a word the final one. .NET maps character by
/// character and leaves both out.
/// </summary>
internal static class LowerCasing
{
    private const int DottedI = 0x130, CapitalSigma = 0x3A3;
    private static readonly Rune[] dotted = [new('i'), new(0x307)];
    private static readonly Rune finalSigma = new(0x3C2);

    // Other_Lowercase and Other_Uppercase: cased, though not letters with a case (DerivedCoreProperties of Unicode 17).
    private static readonly (int First, int Last)[] otherCased =
    [
        (0xAA, 0xAA), (0xBA, 0xBA), (0x2B0, 0x2B8), (0x2C0, 0x2C1), (0x2E0, 0x2E4), (0x345, 0x345), (0x37A, 0x37A), (0x10FC, 0x10FC), (0x1D2C, 0x1D6A), (0x1D78, 0x1D78),
        (0x1D9B, 0x1DBF), (0x2071, 0x2071), (0x207F, 0x207F), (0x2090, 0x209C), (0x2160, 0x217F), (0x24B6, 0x24E9), (0x2C7C, 0x2C7D), (0xA69C, 0xA69D), (0xA770, 0xA770),
        (0xA7F1, 0xA7F4), (0xA7F8, 0xA7F9), (0xAB5C, 0xAB5F), (0xAB69, 0xAB69), (0x10780, 0x10780), (0x10783, 0x10785), (0x10787, 0x107B0), (0x107B2, 0x107BA),
        (0x1E030, 0x1E06D), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189),
    ];

    // Punctuation inside words (Word_Break MidLetter, MidNumLet, Single_Quote).
    private const string Ignorable = "'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";

    /// <summary>A text in lower case.</summary>
    public static string Of(string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        var lowered = new StringBuilder(text.Length);
        Span<Rune> buffer = stackalloc Rune[1];
        for (int i = 0; i < runes.Length; i++)
        {
            foreach (var rune in Of(runes, i, buffer))
                lowered.Append(rune.ToString());
        }
        return lowered.ToString();
    }

    /// <summary>The character at <paramref name="index"/> of a word in lower case; the others decide over a sigma.</summary>
    public static ReadOnlySpan<Rune> Of(ReadOnlySpan<Rune> word, int index, Span<Rune> buffer)
    {
        if (word[index].Value == DottedI)
            return dotted;
        buffer[0] = word[index].Value == CapitalSigma && IsFinal(word, index) ? finalSigma : Rune.ToLowerInvariant(word[index]);
        return buffer[..1];
    }

    private static bool IsFinal(ReadOnlySpan<Rune> word, int index)
    {
        int before = index - 1, after = index + 1;
        while (before >= 0 && IsIgnorable(word[before]))
            before--;
        while (after < word.Length && IsIgnorable(word[after]))
            after++;
        return before >= 0 && IsCased(word[before]) && (after == word.Length || !IsCased(word[after]));
    }

    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || Array.Exists(otherCased, range => rune.Value >= range.First && rune.Value <= range.Last);

    private static bool IsIgnorable(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter
            or UnicodeCategory.ModifierSymbol
        || (rune.IsBmp && Ignorable.Contains((char)rune.Value, StringComparison.Ordinal));
}
