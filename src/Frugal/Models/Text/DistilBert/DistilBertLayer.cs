using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Attention and feed-forward, each added to its input and normalised: <c>[batch, tokens, dim]</c> to the same shape.</summary>
internal sealed class DistilBertLayer : Module
{
    private Module<Tensor, Tensor> attention;
    private readonly DistilBertFeedForward ffn;
    private readonly Module<Tensor, Tensor> sa_layer_norm, output_layer_norm;

    public DistilBertLayer(DistilBertConfig config) : base(nameof(DistilBertLayer))
    {
        attention = new ProjectedAttention(config.HiddenSize, config.EvenHeadDim, config.AttentionDropRate);
        sa_layer_norm = LayerNorm(config.HiddenSize, DistilBertConfig.LayerNormEpsilon);
        ffn = new DistilBertFeedForward(config);
        output_layer_norm = LayerNorm(config.HiddenSize, DistilBertConfig.LayerNormEpsilon);
        RegisterComponents();
    }

    public Tensor Run(Tensor input, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var mixed = sa_layer_norm.call(IMaskedAttention.Run(attention, input, mask) + input);
        return output_layer_norm.call(ffn.call(mixed) + mixed).MoveToOuterDisposeScope();
    }
}

/// <summary>The feed-forward block.</summary>
internal sealed class DistilBertFeedForward : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> lin1, activation, lin2, dropout;

    public DistilBertFeedForward(DistilBertConfig config) : base(nameof(DistilBertFeedForward))
    {
        lin1 = Linear(config.HiddenSize, config.IntermediateSize);
        activation = ActivationLayer.Of(config.Activation);
        lin2 = Linear(config.IntermediateSize, config.HiddenSize);
        dropout = Dropout(config.DropRate);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => dropout.call(lin2.call(activation.call(lin1.call(input))));
}
