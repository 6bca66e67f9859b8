using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Scaled dot-product attention over heads (Vaswani et al. 2017, section 3.2.1), between the projections that models name differently.</summary>
internal static class HeadAttention
{
    /// <summary><c>[batch, tokens, heads · width]</c> to <c>[batch, heads, tokens, width]</c>.</summary>
    public static Tensor Split(Tensor tokens, long headDim) =>
        tokens.view(tokens.shape[0], tokens.shape[1], tokens.shape[2] / headDim, headDim).transpose(1, 2);

    /// <summary><c>[batch, heads, tokens, width]</c> to <c>[batch, tokens, heads · width]</c>.</summary>
    public static Tensor Merge(Tensor heads) => heads.transpose(1, 2).reshape(heads.shape[0], heads.shape[2], heads.shape[1] * heads.shape[3]);

    /// <summary>The last rows of each head, those of the tokens, without what was put in front of them.</summary>
    /// <param name="heads"><c>[batch, heads, rows, width]</c>.</param>
    /// <param name="tokens">How many there are.</param>
    public static Tensor OfTokens(Tensor heads, long tokens) => heads.shape[2] == tokens ? heads : heads.narrow(2, heads.shape[2] - tokens, tokens);

    /// <summary>softmax(scale · Q Kᵀ + mask) V.</summary>
    /// <param name="query"><c>[batch, heads, queries, width]</c>.</param>
    /// <param name="key"><c>[batch, key-value heads, keys, width]</c>; where there are fewer heads than of the query, each serves neighbouring ones (grouped-query attention).</param>
    /// <param name="value">Likewise.</param>
    /// <param name="mask">Added to the scores, see <see cref="AttentionMask"/>; null where every key is seen. Where it has fewer columns than there are keys, the first keys are a prefix, which every query sees.</param>
    /// <param name="scale">Factor of the scores; 1/√width when null.</param>
    /// <param name="dropRate">Share of weights that dropout sets to zero.</param>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, double? scale = null, double dropRate = 0)
    {
        long groups = query.shape[1] / key.shape[1];
        if (groups > 1)
            (key, value) = (key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1));
        // libtorch's operator scales by 1/√width itself.
        if (scale is { } factor && factor * Math.Sqrt(query.shape[^1]) is var correction && correction != 1)
            query = query * correction;
        if (mask is not null && key.shape[2] - mask.shape[^1] is > 0 and var prefix)
            mask = functional.pad(mask, [prefix, 0]);
        return functional.scaled_dot_product_attention(query, key, value, attn_mask: mask, p: dropRate);
    }
}
