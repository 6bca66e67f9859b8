namespace Frugal.Data.Text;

/// <summary>The texts of another dataset, some of whose tokens are hidden and asked for instead of what that asks (Devlin et al. 2018, section 3.1). Which ones are chosen changes from epoch to epoch.</summary>
public sealed class HiddenTokens : TokenDataset
{
    private readonly TokenDataset source;
    private readonly TokenHiding hiding;
    private readonly HashSet<long> spared;

    /// <param name="source">The texts.</param>
    /// <param name="share">Share of the tokens that are asked for.</param>
    /// <param name="maskId">Id of the token that hides others; null takes the tokenizer's.</param>
    /// <exception cref="FrugalException">No id is given, and it is not known what made the tokens, or that lacks a mask.</exception>
    public HiddenTokens(TokenDataset source, double share = 0.15, int? maskId = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        this.source = source;
        var tokenizer = source.Info.Tokenizer;
        if (tokenizer is null && maskId is null)
            throw new FrugalException("It is not known which tokenizer made these tokens, and so not which token hides others; load texts with their tokenizer, or give the id of the mask.");
        hiding = maskId is { } mask ? new(Guard.Fraction(share, nameof(share)), mask, source.Info.VocabularySize) : TokenHiding.With(tokenizer!, share);
        Info = source.Info with { Task = TextTask.MaskedLanguageModel, ClassNames = [] };
        spared = [.. new[] { source.Info.PaddingId, tokenizer?.ClassifyId, tokenizer?.SeparatorId }.OfType<int>().Select(id => (long)id)];
    }

    /// <inheritdoc/>
    public override int Count => source.Count;

    /// <inheritdoc/>
    public override TextInfo Info { get; }

    /// <inheritdoc/>
    public override void Write(int index, RandomStream random, Span<long> tokens, Span<long> targets)
    {
        ArgumentNullException.ThrowIfNull(random);
        source.Write(index, random, tokens, targets);
        targets.Fill(TargetRows.Ignored);
        int last = tokens.Length - 1;
        while (last >= 0 && spared.Contains(tokens[last]))
            last--;
        int asked = 0;
        for (int i = 0; i <= last; i++)
        {
            if (spared.Contains(tokens[i]) || !hiding.Asks(random, mustAsk: asked == 0 && i == last))
                continue;
            targets[i] = tokens[i];
            tokens[i] = hiding.Hidden(tokens[i], random);
            asked++;
        }
    }
}
