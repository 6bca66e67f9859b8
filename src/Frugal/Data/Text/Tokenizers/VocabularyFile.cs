using Frugal.Data.Files;
using Frugal.Interop;

namespace Frugal.Data.Text.Tokenizers;

/// <summary><c>vocab.txt</c>: a token a line, whose number from 0 is its id.</summary>
internal static class VocabularyFile
{
    /// <summary>The tokens of a file.</summary>
    /// <exception cref="FrugalException">It cannot be read, is no UTF-8, or has a token twice; the message names the line.</exception>
    public static Vocabulary Read(string path) => Parse(WholeFile.Read(path), path);

    /// <summary>The tokens of bytes.</summary>
    /// <exception cref="FrugalException">They are no UTF-8, or have a token twice.</exception>
    public static Vocabulary Parse(byte[] bytes, string source)
    {
        var tokens = new List<string>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string token in TextFile.Lines(bytes, source))
        {
            tokens.Add(token);
            if (!lines.TryAdd(token, tokens.Count))
                throw new FrugalException($"{source}, line {tokens.Count}: the token {Refusal.Quote(token)} stands in line {lines[token]} already; each must be there once.");
        }
        return new Vocabulary(tokens, source);
    }

    /// <summary>The file's content.</summary>
    public static string Text(IEnumerable<string> tokens) => string.Concat(tokens.Select(token => token + "\n"));
}
