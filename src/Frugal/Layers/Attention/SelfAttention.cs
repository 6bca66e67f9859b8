using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Linear = TorchSharp.Modules.Linear;

namespace Frugal.Layers;

/// <summary>
/// Multi-head self-attention (Vaswani et al. 2017, section 3.2.2): softmax(Q Kᵀ / √d) V for each head, <c>[batch, tokens, dim]</c> to the same shape.
/// Weight names as in timm: <c>qkv</c>, one layer for the three, and <c>proj</c>. The width of a head is fixed; how many there are follows from <c>qkv</c>, so that heads can be removed.
/// </summary>
public sealed class SelfAttention : Module<Tensor, Tensor>, ITakesPrefix, IBinarizable, IMaskedAttention
{
    private readonly long headDim;
    private readonly double attentionDropRate;
    private Module<Tensor, Tensor> qkv, proj, proj_drop;

    /// <param name="dim">Width of a token.</param>
    /// <param name="numHeads">Number of heads; divides <paramref name="dim"/>.</param>
    /// <param name="hasQkvBias">True when queries, keys and values have biases.</param>
    /// <param name="attentionDropRate">Share of attention weights that dropout sets to zero in training.</param>
    /// <param name="projectionDropRate">Share of outputs that dropout sets to zero in training.</param>
    /// <exception cref="FrugalException">The heads do not divide the width.</exception>
    public SelfAttention(long dim, long numHeads, bool hasQkvBias = true, double attentionDropRate = 0, double projectionDropRate = 0)
        : base(nameof(SelfAttention))
    {
        if (numHeads < 1 || dim % numHeads != 0)
            throw new FrugalException($"attention: {numHeads} heads do not divide a width of {dim} evenly");
        headDim = dim / numHeads;
        this.attentionDropRate = attentionDropRate;
        qkv = Linear(dim, 3 * dim, hasBias: hasQkvBias);
        proj = Linear(dim, dim);
        proj_drop = Dropout(projectionDropRate);
        RegisterComponents();
    }

    /// <summary>Width of a head.</summary>
    public long HeadDim => headDim;

    IReadOnlyList<(string Child, int QueryThirds)> ITakesPrefix.KeysAndValues => [("qkv", 1)];

    string IBinarizable.BinaryChild => "";

    Module<Tensor, Tensor> IBinarizable.ToBinary(int estimatorRank, Generator generator)
    {
        using var scope = NewDisposeScope();
        var joint = DenseLayer.Require(qkv, "qkv", "attention");
        if (joint.out_features != 3 * joint.in_features)
            throw new FrugalException($"attention with {joint.out_features / (3 * headDim)} of its {joint.in_features / headDim} heads cannot become binary: signs want queries as wide as a token; do that before heads are removed");
        Tensor[] weights = joint.weight!.chunk(3, 0), biases = joint.bias is { } bias ? bias.chunk(3, 0) : [];
        using Linear query = Part(0), key = Part(1), value = Part(2);
        var attention = BinaryAttention.Of(query, key, value, joint.in_features / headDim, estimatorRank, attentionDropRate, generator);
        return Sequential(("self", attention), ("proj", BinaryLinear.Like(proj, "proj", "attention")), ("proj_drop", Dropout(((Dropout)proj_drop).p)));

        Linear Part(int part) => DenseLayer.Linear(weights[part], biases.Length > 0 ? biases[part] : null);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Attend(input, null);

    Tensor IMaskedAttention.Run(Tensor input, Tensor? mask) => Attend(input, mask);

    private Tensor Attend(Tensor input, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var joint = qkv.call(input);
        long batch = joint.shape[0], rows = joint.shape[1], tokens = input.shape[1], numHeads = joint.shape[2] / (3 * headDim);
        // [batch, rows, 3, heads, headDim] to three of [batch, heads, rows, headDim]; a prefix has rows without queries
        var parts = joint.view(batch, rows, 3, numHeads, headDim).permute(2, 0, 3, 1, 4).unbind(0);
        var mixed = HeadAttention.Attend(HeadAttention.OfTokens(parts[0], tokens), parts[1], parts[2], mask, dropRate: training ? attentionDropRate : 0);
        var joined = mixed.transpose(1, 2).reshape(batch, tokens, numHeads * headDim);
        return proj_drop.call(proj.call(joined)).MoveToOuterDisposeScope();
    }
}
