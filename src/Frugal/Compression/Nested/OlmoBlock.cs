using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression;

/// <summary>
/// A block of the decoder that MatFormer's language models are made of, with the names of their code: attention with one head of keys and values for all heads of queries, then a feed-forward block, each behind a
/// normalisation and around a shortcut, <c>[batch, tokens, dim]</c> to the same shape. Positions come in as a bias of the scores (ALiBi). It is no model of the catalogue: the golden case of MatFormer fills it with the
/// numbers of the authors' code, so that nesting is compared on the block that they nest.
/// </summary>
internal sealed class OlmoBlock : Module
{
    private readonly long headDim;
    private readonly long[] widths;
    private Module<Tensor, Tensor> attn_norm, att_proj, attn_out, ff_norm, ff_proj, act, ff_out;

    /// <param name="dim">Width of a token.</param>
    /// <param name="numHeads">Heads of queries.</param>
    /// <param name="hidden">Units between the layers of the feed-forward block.</param>
    /// <param name="isMultiQuery">True when all heads share one of keys and values.</param>
    /// <param name="activation">Between the layers of the feed-forward block.</param>
    /// <param name="epsilon">Added to variances.</param>
    /// <exception cref="FrugalException">The heads do not divide the width.</exception>
    public OlmoBlock(long dim, long numHeads, long hidden, bool isMultiQuery = true, Activation activation = Activation.Gelu, double epsilon = 1e-5) : base(nameof(OlmoBlock))
    {
        headDim = dim % numHeads == 0 ? dim / numHeads : throw new FrugalException($"olmo: {numHeads} heads do not divide a width of {dim} evenly");
        long keys = isMultiQuery ? headDim : dim;
        widths = [dim, keys, keys];
        attn_norm = LayerNorm(dim, epsilon);
        att_proj = Linear(dim, widths.Sum());
        attn_out = Linear(dim, dim);
        ff_norm = LayerNorm(dim, epsilon);
        ff_proj = Linear(dim, hidden);
        act = ActivationLayer.Of(activation);
        ff_out = Linear(hidden, dim);
        RegisterComponents();
    }

    /// <summary>Outputs of the joint projection: for queries, keys and values.</summary>
    public IReadOnlyList<long> Widths => widths;

    /// <summary>Runs the block.</summary>
    /// <param name="input"><c>[batch, tokens, dim]</c>.</param>
    /// <param name="bias">Added to the scores, <c>[1, heads, tokens, tokens]</c>: positions, and what may not be seen.</param>
    public Tensor Run(Tensor input, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var parts = att_proj.call(attn_norm.call(input)).split(widths, -1);
        var heads = HeadAttention.Attend(HeadAttention.Split(parts[0], headDim), HeadAttention.Split(parts[1], headDim), HeadAttention.Split(parts[2], headDim), bias);
        var mixed = input + attn_out.call(HeadAttention.Merge(heads));
        return (mixed + ff_out.call(act.call(ff_proj.call(ff_norm.call(mixed))))).MoveToOuterDisposeScope();
    }
}
