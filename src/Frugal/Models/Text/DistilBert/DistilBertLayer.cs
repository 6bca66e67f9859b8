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
        attention = new DistilBertAttention(config);
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

/// <summary>Multi-head self-attention with its output projection.</summary>
internal sealed class DistilBertAttention : Module<Tensor, Tensor>, ITakesPrefix, IMaskedAttention, IBinarizable
{
    private readonly long headDim;
    private readonly double dropRate;
    private Module<Tensor, Tensor> q_lin, k_lin, v_lin, out_lin;

    public DistilBertAttention(DistilBertConfig config) : base(nameof(DistilBertAttention))
    {
        long dim = config.HiddenSize;
        (headDim, dropRate) = (config.EvenHeadDim, config.AttentionDropRate);
        q_lin = Linear(dim, dim);
        k_lin = Linear(dim, dim);
        v_lin = Linear(dim, dim);
        out_lin = Linear(dim, dim);
        RegisterComponents();
    }

    public IReadOnlyList<(string Child, int QueryThirds)> KeysAndValues => [("k_lin", 0), ("v_lin", 0)];

    public string BinaryChild => "";

    public Module<Tensor, Tensor> ToBinary(int estimatorRank, Generator generator)
    {
        var output = BinaryLinear.Like(out_lin, nameof(out_lin), "attention");
        return Sequential(("self", BinaryAttention.Like((nameof(q_lin), q_lin), (nameof(k_lin), k_lin), (nameof(v_lin), v_lin), headDim, estimatorRank, dropRate, generator)), ("out_lin", output));
    }

    public override Tensor forward(Tensor input) => Run(input, null);

    public Tensor Run(Tensor input, Tensor? mask) => out_lin.call(HeadAttention.Merge(HeadAttention.Attend(
        HeadAttention.Split(q_lin.call(input), headDim), HeadAttention.Split(k_lin.call(input), headDim), HeadAttention.Split(v_lin.call(input), headDim),
        mask, dropRate: training ? dropRate : 0)));
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
