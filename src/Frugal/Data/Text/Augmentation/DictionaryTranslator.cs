using System.Text;

namespace Frugal.Data.Text.Augmentation;

/// <summary>Translates word by word from a dictionary: enough to try <see cref="BackTranslation"/> without a translation model. Words that are not in it stay, as does what is between words.</summary>
/// <param name="words">The other language's word for each word, in lower case.</param>
public sealed class DictionaryTranslator(IReadOnlyDictionary<string, string> words)
{
    private static readonly (string English, string German, string Back)[] everyday =
    [
        ("big", "groß", "large"), ("large", "groß", "large"), ("great", "großartig", "splendid"), ("small", "klein", "little"), ("little", "klein", "little"), ("old", "alt", "aged"), ("house", "haus", "home"),
        ("houses", "häuser", "homes"), ("city", "stadt", "town"), ("town", "stadt", "town"), ("street", "straße", "road"), ("road", "straße", "road"), ("ship", "schiff", "vessel"), ("vessel", "schiff", "vessel"),
        ("captain", "kapitän", "skipper"), ("freight", "fracht", "cargo"), ("was", "war", "was"), ("is", "ist", "is"), ("the", "die", "the"), ("and", "und", "and"), ("family", "familie", "family"),
        ("letters", "briefe", "letters"), ("quiet", "ruhig", "calm"), ("evenings", "abende", "evenings"), ("found", "fand", "discovered"), ("sank", "sank", "sank"), ("wrote", "schrieb", "penned"),
        ("surface", "oberfläche", "face"), ("covered", "bedeckt", "coated"), ("star", "stern", "sun"), ("long", "lang", "lengthy"), ("lost", "verloren", "gone"), ("autumn", "herbst", "fall"), ("began", "begann", "started"),
        ("school", "schule", "school"), ("new", "neu", "novel"), ("mild", "mild", "gentle"), ("winters", "winter", "winters"), ("full", "voll", "crowded"), ("detected", "entdeckt", "discovered"),
    ];

    /// <summary>From English to German, forty words.</summary>
    public static DictionaryTranslator EnglishToGerman { get; } = new(everyday.ToDictionary(word => word.English, word => word.German));

    /// <summary>From German to English, for the same words; where German has one for several, another may come back.</summary>
    public static DictionaryTranslator GermanToEnglish { get; } = new(everyday.DistinctBy(word => word.German).ToDictionary(word => word.German, word => word.Back));

    /// <summary>Translates a text.</summary>
    /// <param name="text">The text.</param>
    public string Translate(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int end = at;
            while (end < text.Length && char.IsLetter(text[end]))
                end++;
            if (end == at)
            {
                result.Append(text[at++]);
                continue;
            }
            string word = text[at..end];
            result.Append(words.TryGetValue(LowerCasing.Of(word), out string? other) ? char.IsUpper(word[0]) ? char.ToUpperInvariant(other[0]) + other[1..] : other : word);
            at = end;
        }
        return result.ToString();
    }
}
