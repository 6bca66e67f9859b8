using Frugal.Data.Text.Tokenizers;

namespace Frugal.Data.Text;

/// <summary>How tokens are hidden (Devlin et al. 2018, arXiv 1810.04805, section 3.1): of those chosen 80 % become the mask, 10 % another token and 10 % stay.</summary>
/// <param name="Share">Share of the tokens that are chosen.</param>
/// <param name="Mask">Id of the mask.</param>
/// <param name="VocabularySize">Number of tokens that there are.</param>
internal readonly record struct TokenHiding(double Share, int Mask, int VocabularySize)
{
    /// <summary>With the mask of a tokenizer.</summary>
    /// <exception cref="FrugalException">It has none.</exception>
    public static TokenHiding With(Tokenizer tokenizer, double share) => new(
        Guard.Fraction(share, nameof(share)), tokenizer.MaskId ?? throw new FrugalException("The tokenizer has no mask token, so no token can be hidden; use that of a masked language model."), tokenizer.VocabularySize);

    /// <summary>Whether a token is chosen.</summary>
    /// <param name="random">The stream of the example.</param>
    /// <param name="mustAsk">True at the last token of an example that has none chosen, so that each has a loss.</param>
    public bool Asks(RandomStream random, bool mustAsk) => random.NextBool(Share) || mustAsk;

    /// <summary>What stands in the place of a chosen token.</summary>
    public long Hidden(long id, RandomStream random) => random.NextDouble() switch
    {
        < 0.8 => Mask,
        < 0.9 => random.NextInt(VocabularySize),
        _ => id,
    };
}
