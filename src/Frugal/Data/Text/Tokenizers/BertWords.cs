using System.Globalization;
using System.Text;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>
/// BERT's basic tokenizer (google-research/bert, tokenization.py): cleans a text, lower-cases it, strips accents, and cuts it at white space and around punctuation and ideographs. Remembers where each
/// character came from. Control characters are all of Unicode's categories C*, as in the transformers library.
/// </summary>
internal sealed class BertWords(bool lowerCase, bool stripAccents, bool splitIdeographs)
{
    private static readonly (int First, int Last)[] ideographs =
    [
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
    ];

    /// <summary>The words of a text; none is empty.</summary>
    public List<PlacedRune[]> Of(string text)
    {
        var words = new List<PlacedRune[]>();
        var word = new List<PlacedRune>();
        for (int at = 0; at < text.Length;)
        {
            // A surrogate without its partner decodes to the replacement character, which is dropped.
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out int length);
            var placed = new PlacedRune(rune, at, at + length);
            at += length;
            if (IsSpace(rune))
                End(word, words);
            else if (splitIdeographs && IsIdeograph(rune))
            {
                End(word, words);
                word.Add(placed);
                End(word, words);
            }
            else if (!IsDropped(rune))
                word.Add(placed);
        }
        End(word, words);
        return words;
    }

    private void End(List<PlacedRune> word, List<PlacedRune[]> words)
    {
        if (word.Count == 0)
            return;
        var piece = new List<PlacedRune>();
        foreach (var placed in lowerCase || stripAccents ? Normalize(word) : word)
        {
            bool isAlone = IsPunctuation(placed.Rune);
            if (isAlone && piece.Count > 0)
                Take(piece, words);
            piece.Add(placed);
            if (isAlone)
                Take(piece, words);
        }
        if (piece.Count > 0)
            Take(piece, words);
        word.Clear();
    }

    private static void Take(List<PlacedRune> piece, List<PlacedRune[]> words)
    {
        words.Add([.. piece]);
        piece.Clear();
    }

    private List<PlacedRune> Normalize(List<PlacedRune> word)
    {
        Rune[] runes = [.. word.Select(placed => placed.Rune)];
        var normalized = new List<PlacedRune>(word.Count);
        Span<Rune> buffer = stackalloc Rune[1];
        for (int i = 0; i < runes.Length; i++)
        {
            foreach (ref readonly var lowered in lowerCase ? LowerCasing.Of(runes, i, buffer) : runes.AsSpan(i, 1))
            {
                if (!stripAccents)
                {
                    normalized.Add(word[i] with { Rune = lowered });
                    continue;
                }
                foreach (var part in CanonicalDecomposition.Of(in lowered))
                    if (Rune.GetUnicodeCategory(part) != UnicodeCategory.NonSpacingMark)
                        normalized.Add(word[i] with { Rune = part });
            }
        }
        return normalized;
    }

    // Line and paragraph separators are no Zs, but Python's split() and Rust's is_whitespace cut there all the same.
    private static bool IsSpace(Rune rune) => rune.Value is '\t' or '\n' or '\r'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static bool IsDropped(Rune rune) => rune == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static bool IsIdeograph(Rune rune) => rune.Value >= 0x3400 && Array.Exists(ideographs, range => rune.Value >= range.First && rune.Value <= range.Last);

    // All of ASCII that is neither letter nor digit counts, though Unicode has some of it as symbols.
    private static bool IsPunctuation(Rune rune) => rune.Value is >= 33 and <= 47 or >= 58 and <= 64 or >= 91 and <= 96 or >= 123 and <= 126 || Rune.IsPunctuation(rune);
}
