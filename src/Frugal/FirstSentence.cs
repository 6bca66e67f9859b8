namespace Frugal;

/// <summary>The first sentence of a text, for lists that have a line for each thing.</summary>
public static class FirstSentence
{
    /// <summary>Ends of words after which a full stop ends no sentence.</summary>
    private static readonly string[] abbreviations = ["e.g.", "i.e.", "al.", "eq.", "sec.", "cf.", "vs."];

    /// <summary>The text up to the first full stop that ends a sentence.</summary>
    public static string Of(string text)
    {
        for (int stop = text.IndexOf(". ", StringComparison.Ordinal); stop >= 0; stop = text.IndexOf(". ", stop + 1, StringComparison.Ordinal))
        {
            string sentence = text[..(stop + 1)];
            if (!char.IsDigit(text[stop + 2]) && !abbreviations.Any(abbreviation => sentence.EndsWith(abbreviation, StringComparison.Ordinal)))
                return sentence;
        }
        return text;
    }
}
