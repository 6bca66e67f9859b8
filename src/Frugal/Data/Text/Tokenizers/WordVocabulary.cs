namespace Frugal.Data.Text.Tokenizers;

/// <summary>Makes tokenizers whose tokens are whole words of a corpus: for generated data, and small models of one's own.</summary>
public static class WordVocabulary
{
    /// <summary>The most frequent words of a corpus, words being cut as BERT's basic tokenizer does, after BERT's five special tokens. What is not among them is unknown.</summary>
    /// <param name="texts">The corpus.</param>
    /// <param name="size">Most tokens, the special ones included, at least 6.</param>
    /// <param name="lowerCase">Whether case and accents are ignored.</param>
    /// <returns>A WordPiece tokenizer without pieces, which saves as a <c>vocab.txt</c>. Of equally frequent words the first in ordinal order come first, so that it depends on nothing but the counts.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size has no room for a word.</exception>
    /// <exception cref="FrugalException">The corpus has no words.</exception>
    public static WordPieceTokenizer Build(IEnumerable<string> texts, int size, bool lowerCase = true)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var special = SpecialTokens.Bert.All;
        Guard.AtLeast(size, special.Count + 1);
        var splitter = new BertWords(lowerCase, stripAccents: lowerCase, splitIdeographs: true);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string word in texts.SelectMany(splitter.Of).Select(word => string.Concat(word.Select(placed => placed.Rune))))
            counts[word] = counts.GetValueOrDefault(word) + 1;
        if (counts.Count == 0)
            throw new FrugalException("A vocabulary cannot be made of texts without words.");
        var words = counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Key).Take(size - special.Count);
        return new WordPieceTokenizer([.. special, .. words]) { LowerCase = lowerCase };
    }
}
