using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// Attention and feed-forward, each behind a normalisation and around a shortcut (Dosovitskiy et al. 2020, equations 2 and 3):
/// <c>[batch, tokens, dim]</c> to the same shape.
/// </summary>
internal sealed class TransformerBlock : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> norm1, attn, drop_path1, norm2, mlp, drop_path2;

    public TransformerBlock(VisionTransformerConfig config, double dropPathRate) : base(nameof(TransformerBlock))
    {
        long dim = config.EmbedDim;
        norm1 = LayerNorm(dim, config.NormEpsilon);
        attn = new SelfAttention(dim, config.NumHeads, config.HasQkvBias, config.AttentionDropRate, config.DropRate);
        drop_path1 = new DropPath(dropPathRate);
        norm2 = LayerNorm(dim, config.NormEpsilon);
        mlp = new FeedForward(dim, (long)(dim * config.MlpRatio), config.Activation, config.DropRate);
        drop_path2 = new DropPath(dropPathRate);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var mixed = input + drop_path1.call(attn.call(norm1.call(input)));
        return (mixed + drop_path2.call(mlp.call(norm2.call(mixed)))).MoveToOuterDisposeScope();
    }
}
