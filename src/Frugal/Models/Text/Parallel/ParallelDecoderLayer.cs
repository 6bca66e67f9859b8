using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Attention and feed-forward side by side, behind one normalisation and around one shortcut: <c>[batch, tokens, dim]</c> to the same shape.</summary>
internal sealed class ParallelDecoderLayer : DecoderLayer
{
    private readonly Module<Tensor, Tensor> input_layernorm;
    private Module self_attn;
    private Module<Tensor, Tensor> mlp;

    public ParallelDecoderLayer(ParallelDecoderConfig config) : base(nameof(ParallelDecoderLayer))
    {
        input_layernorm = config.Norm();
        self_attn = new RotaryAttention(config.Attention());
        mlp = new GatedFeedForward(config.HiddenSize, config.IntermediateSize, ActivationLayer.Of(config.Activation));
        RegisterComponents();
    }

    public override Tensor Run(Tensor input, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var seen = input_layernorm.call(input);
        return (input + Attend(self_attn, seen, context) + mlp.call(seen)).MoveToOuterDisposeScope();
    }
}
