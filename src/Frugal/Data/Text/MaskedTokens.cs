using Frugal.Data.Text.Tokenizers;

namespace Frugal.Data.Text;

/// <summary>
/// A long text cut into blocks of tokens, some of which are hidden and asked for (Devlin et al. 2018, arXiv 1810.04805, section 3.1): of those chosen 80 % become the mask, 10 % another token and 10 % stay. Which ones are chosen
/// changes from epoch to epoch.
/// </summary>
public sealed class MaskedTokens : TokenDataset
{
    private readonly int[] ids;
    private readonly TokenHiding hiding;
    private readonly int first, last;

    /// <param name="text">The text.</param>
    /// <param name="tokenizer">Makes tokens of it, and has a mask; its form is put around each block.</param>
    /// <param name="tokens">Tokens of a block, special ones included.</param>
    /// <param name="share">Share of the tokens that are asked for.</param>
    /// <exception cref="FrugalException">The tokenizer lacks a mask, or the text does not fill a block.</exception>
    public MaskedTokens(string text, Tokenizer tokenizer, int tokens, double share = 0.15)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        hiding = TokenHiding.With(tokenizer, share);
        Info = TextInfo.Padded(TextTask.MaskedLanguageModel, tokenizer, tokens, []);
        var form = tokenizer.EncodeOne("", tokens).Ids;
        (first, last) = (form[0], form[^1]);
        ids = [.. tokenizer.Encode(text)];
        if (Count == 0)
            throw new FrugalException($"A block has room for {Room} tokens of the text, which has {ids.Length}; give a longer text or shorter blocks.");
    }

    private int Room => Info.Tokens - 2;

    /// <inheritdoc/>
    public override int Count => ids.Length / Room;

    /// <inheritdoc/>
    public override TextInfo Info { get; }

    /// <inheritdoc/>
    public override void Write(int index, RandomStream random, Span<long> tokens, Span<long> targets)
    {
        ArgumentNullException.ThrowIfNull(random);
        targets.Fill(TargetRows.Ignored);
        (tokens[0], tokens[^1]) = (first, last);
        int asked = 0;
        for (int i = 0; i < Room; i++)
        {
            int id = ids[index * Room + i];
            bool isAsked = hiding.Asks(random, mustAsk: asked == 0 && i == Room - 1);
            tokens[i + 1] = isAsked ? hiding.Hidden(id, random) : id;
            if (!isAsked)
                continue;
            targets[i + 1] = id;
            asked++;
        }
    }
}
