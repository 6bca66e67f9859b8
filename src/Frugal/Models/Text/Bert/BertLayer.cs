using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Attention and feed-forward, each added to its input and normalised: <c>[batch, tokens, dim]</c> to the same shape.</summary>
internal sealed class BertLayer : Module
{
    private readonly BertAttention attention;
    private readonly BertIntermediate intermediate;
    private readonly BertOutput output;

    public BertLayer(BertConfig config) : base(nameof(BertLayer))
    {
        attention = new BertAttention(config);
        intermediate = new BertIntermediate(config);
        output = new BertOutput(config, config.IntermediateSize);
        RegisterComponents();
    }

    /// <summary>What goes into the feed-forward block; within a dispose scope.</summary>
    public Tensor Attend(Tensor input, Tensor? mask) => attention.Run(input, mask);

    public Tensor Run(Tensor input, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var mixed = attention.Run(input, mask);
        return output.Run(intermediate.call(mixed), mixed).MoveToOuterDisposeScope();
    }
}

/// <summary>Attention with its output, as <c>attention.self</c> and <c>attention.output</c>.</summary>
internal sealed class BertAttention : Module
{
    private Module<Tensor, Tensor> self;
    private readonly BertOutput output;

    public BertAttention(BertConfig config) : base(nameof(BertAttention))
    {
        self = new BertSelfAttention(config);
        output = new BertOutput(config, config.HiddenSize);
        RegisterComponents();
    }

    public Tensor Run(Tensor input, Tensor? mask) => output.Run(IMaskedAttention.Run(self, input, mask), input);
}

/// <summary>Queries, keys and values, and their attention.</summary>
internal sealed class BertSelfAttention : Module<Tensor, Tensor>, ITakesPrefix, IMaskedAttention, IBinarizable
{
    private readonly long headDim;
    private readonly double dropRate;
    private Module<Tensor, Tensor> query, key, value;

    public BertSelfAttention(BertConfig config) : base(nameof(BertSelfAttention))
    {
        (headDim, dropRate) = (config.EvenHeadDim, config.AttentionDropRate);
        query = Linear(config.HiddenSize, config.HiddenSize);
        key = Linear(config.HiddenSize, config.HiddenSize);
        value = Linear(config.HiddenSize, config.HiddenSize);
        RegisterComponents();
    }

    public IReadOnlyList<(string Child, int QueryThirds)> KeysAndValues => [("key", 0), ("value", 0)];

    public string BinaryChild => "";

    public Module<Tensor, Tensor> ToBinary(int estimatorRank, Generator generator) => BinaryAttention.Like((nameof(query), query), (nameof(key), key), (nameof(value), value), headDim, estimatorRank, dropRate, generator);

    public override Tensor forward(Tensor input) => Run(input, null);

    public Tensor Run(Tensor input, Tensor? mask) => HeadAttention.Merge(HeadAttention.Attend(
        HeadAttention.Split(query.call(input), headDim), HeadAttention.Split(key.call(input), headDim), HeadAttention.Split(value.call(input), headDim),
        mask, dropRate: training ? dropRate : 0));
}

/// <summary>The widening half of the feed-forward block.</summary>
internal sealed class BertIntermediate : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> dense, activation;

    public BertIntermediate(BertConfig config) : base(nameof(BertIntermediate))
    {
        dense = Linear(config.HiddenSize, config.IntermediateSize);
        activation = ActivationLayer.Of(config.Activation);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => activation.call(dense.call(input));
}

/// <summary>A linear layer whose result is added to a shortcut and normalised.</summary>
internal sealed class BertOutput : Module
{
    private Module<Tensor, Tensor> dense, dropout, LayerNorm;

    public BertOutput(BertConfig config, long inputDim) : base(nameof(BertOutput))
    {
        dense = Linear(inputDim, config.HiddenSize);
        dropout = Dropout(config.DropRate);
        LayerNorm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        RegisterComponents();
    }

    public Tensor Run(Tensor input, Tensor shortcut) => LayerNorm.call(dropout.call(dense.call(input)) + shortcut);
}
