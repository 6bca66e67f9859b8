using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Multi-head self-attention with a projection each for queries, keys, values and output, under DistilBERT's names: <c>[batch, tokens, dim]</c> to the same shape.</summary>
internal sealed class ProjectedAttention : Module<Tensor, Tensor>, ITakesPrefix, IMaskedAttention, IBinarizable
{
    private readonly long headDim;
    private readonly double dropRate;
    private Module<Tensor, Tensor> q_lin, k_lin, v_lin, out_lin;

    /// <param name="dim">Width of a token.</param>
    /// <param name="headDim">Width of a head; a divisor of it.</param>
    /// <param name="dropRate">Dropout of attention weights.</param>
    public ProjectedAttention(long dim, long headDim, double dropRate = 0) : base(nameof(ProjectedAttention))
    {
        (this.headDim, this.dropRate) = (headDim, dropRate);
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
