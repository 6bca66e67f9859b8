using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Attention and feed-forward, each behind a normalisation and around a shortcut: <c>[batch, tokens, dim]</c> to the same shape.</summary>
internal sealed class LlamaLayer : DecoderLayer
{
    private readonly Module<Tensor, Tensor> input_layernorm, post_attention_layernorm;
    private Module self_attn;
    private Module<Tensor, Tensor> mlp;

    public LlamaLayer(LlamaConfig config) : base(nameof(LlamaLayer))
    {
        input_layernorm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon);
        self_attn = new RotaryAttention(config.Attention());
        post_attention_layernorm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon);
        mlp = new GatedFeedForward(config.HiddenSize, config.IntermediateSize, ActivationLayer.Of(config.Activation), config.HasFeedForwardBias);
        RegisterComponents();
    }

    public override Tensor Run(Tensor input, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var mixed = input + Attend(self_attn, input_layernorm.call(input), context);
        return (mixed + mlp.call(post_attention_layernorm.call(mixed))).MoveToOuterDisposeScope();
    }
}
