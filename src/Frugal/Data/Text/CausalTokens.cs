using Frugal.Data.Text.Tokenizers;

namespace Frugal.Data.Text;

/// <summary>A long text cut into blocks of tokens; asked for at each token is the one after it.</summary>
public sealed class CausalTokens : TokenDataset
{
    private readonly int[] ids;

    /// <param name="text">The text.</param>
    /// <param name="tokenizer">Makes tokens of it; its form is not put around them.</param>
    /// <param name="tokens">Tokens of a block.</param>
    /// <exception cref="FrugalException">The text does not fill a block.</exception>
    public CausalTokens(string text, Tokenizer tokenizer, int tokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        Info = new TextInfo(TextTask.CausalLanguageModel, tokenizer.VocabularySize, tokens, null, []) { Tokenizer = tokenizer };
        ids = [.. tokenizer.Encode(text)];
        if (Count == 0)
            throw new FrugalException($"A block has {tokens} tokens and one to come, and the text has {ids.Length} tokens; give a longer text or shorter blocks.");
    }

    /// <inheritdoc/>
    public override int Count => (ids.Length - 1) / Info.Tokens;

    /// <inheritdoc/>
    public override TextInfo Info { get; }

    /// <inheritdoc/>
    public override void Write(int index, RandomStream random, Span<long> tokens, Span<long> targets)
    {
        int start = index * Info.Tokens;
        for (int i = 0; i < tokens.Length; i++)
            (tokens[i], targets[i]) = (ids[start + i], ids[start + i + 1]);
    }
}
