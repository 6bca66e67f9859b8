using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models;

/// <summary>
/// Transformer blocks that are one attention layer and one mixture of experts used again and again, behind two layer norms of each block's own (Xue et al. 2021, arXiv 2107.11817, figure 2):
/// <c>[batch, tokens, dim]</c> to the same shape. Weights: <c>attn</c>, <c>mlp</c>, <c>norm1.0</c> …, <c>norm2.0</c> ….
/// </summary>
internal sealed class SharedBlocks : Module<Tensor, Tensor>
{
    private readonly int depth;
    private readonly TorchSharp.Modules.ModuleList<Module<Tensor, Tensor>> norm1, norm2;
    private Module<Tensor, Tensor> attn, mlp;

    /// <param name="depth">Number of blocks.</param>
    /// <param name="attention">The attention of all blocks.</param>
    /// <param name="mixture">What all blocks have behind it.</param>
    /// <param name="dim">Width of a token.</param>
    /// <param name="sharesNorms">True when the blocks have their norms in common as well, so that all are one map.</param>
    /// <param name="epsilon">Added to the variances.</param>
    public SharedBlocks(int depth, SelfAttention attention, Module<Tensor, Tensor> mixture, long dim, bool sharesNorms, double epsilon) : base(nameof(SharedBlocks))
    {
        (this.depth, attn, mlp) = (depth, attention, mixture);
        norm1 = Norms();
        norm2 = Norms();
        RegisterComponents();

        TorchSharp.Modules.ModuleList<Module<Tensor, Tensor>> Norms() => new([.. Enumerable.Range(0, sharesNorms ? 1 : depth).Select(_ => (Module<Tensor, Tensor>)LayerNorm(dim, epsilon))]);
    }

    /// <summary>Paths within it of what a block has for itself. The last one is said to own what all share: it is trained or frozen with it.</summary>
    /// <param name="block">Number of the block, from 0.</param>
    /// <param name="path">Path of this module.</param>
    public IReadOnlyList<string> PathsOf(int block, string path)
    {
        var own = block < norm1.Count ? (string[])[$"{path}.norm1.{block}", $"{path}.norm2.{block}"] : [];
        return block == depth - 1 ? [.. own, $"{path}.attn", $"{path}.mlp"] : own;
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Run(input, null)[^1].MoveToOuterDisposeScope();
    }

    /// <summary>What each block gives.</summary>
    /// <param name="input"><c>[batch, tokens, dim]</c>.</param>
    /// <param name="mask">Hides keys, see <see cref="AttentionMask"/>; null for none.</param>
    public IReadOnlyList<Tensor> Run(Tensor input, Tensor? mask)
    {
        var outputs = new List<Tensor>();
        for (int block = 0; block < depth; block++)
            outputs.Add(input = Block(input, mask, block % norm1.Count));
        return outputs;
    }

    private Tensor Block(Tensor input, Tensor? mask, int norms)
    {
        using var scope = NewDisposeScope();
        var normed = norm1[norms].call(input);
        var mixed = input + IMaskedAttention.Run(attn, normed, mask);
        return (mixed + mlp.call(norm2[norms].call(mixed))).MoveToOuterDisposeScope();
    }
}
