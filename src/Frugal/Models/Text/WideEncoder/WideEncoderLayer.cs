using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Attention and feed-forward, each behind a normalisation and around a shortcut: <c>[batch, tokens, dim]</c> to the same shape.</summary>
internal sealed class WideEncoderLayer : Module
{
    private readonly Module<Tensor, Tensor> norm1, norm2;
    private readonly WideAttention attn;
    private Module<Tensor, Tensor> ffn;

    public WideEncoderLayer(WideEncoderConfig config) : base(nameof(WideEncoderLayer))
    {
        norm1 = LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        attn = new WideAttention(config.HiddenSize, config.NumHeads, config.HeadDim, config.Attention, config.Window, config.ProjectedTokens, config.MaxPositions, config.DropRate);
        norm2 = LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        ffn = new FeedForward(config.HiddenSize, config.IntermediateSize, config.Activation, config.DropRate);
        RegisterComponents();
    }

    public Tensor Run(Tensor input, Tensor? isToken)
    {
        using var scope = NewDisposeScope();
        var mixed = input + attn.Run(norm1.call(input), isToken);
        return (mixed + ffn.call(norm2.call(mixed))).MoveToOuterDisposeScope();
    }

    /// <summary>The attention map for an input of the layer, <c>[batch, heads, queries, keys]</c>.</summary>
    public Tensor Weights(Tensor input, Tensor? isToken)
    {
        using var scope = NewDisposeScope();
        return attn.Weights(norm1.call(input), isToken).MoveToOuterDisposeScope();
    }
}
