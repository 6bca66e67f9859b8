using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Multi-head self-attention on signs, without output projection, <c>[batch, tokens, dim]</c> to the same shape: queries, keys and values are <c>±α</c>, attention weights 0 or α, each with a learned α of its own
/// (Xing et al. 2024, BiPFT, arXiv 2312.08937). Maps of low rank, which see the input as it is and serve all heads, stand for what the signs lose: <c>Q̂K̂ᵀ + q_m k_pᵀ + q_p k_mᵀ + q_p k_pᵀ</c>, and
/// <c>Â (V̂ + v_p)</c>.
/// </summary>
/// <remarks>
/// Weight names as in the authors' code: <c>query</c>, <c>key</c>, <c>value</c> (<see cref="BinaryLinear"/>), <c>clip_query</c>, <c>clip_key</c>, <c>clip_value</c>, <c>clip_attn</c>, and <c>q_p</c>, <c>k_p</c>,
/// <c>q_m</c>, <c>k_m</c>, <c>v_p</c>. The last has one column whatever the rank is.
/// </remarks>
[Entry("binary-attention", Paper = "bipft")]
[Capabilities(WorksOn = ["SelfAttention"], CombinesWith = ["bipft", "binary-transformer"])]
public sealed class BinaryAttention : Layer, IMaskedAttention
{
    private const double EstimatorStd = 0.02;

    private readonly long headDim;
    private readonly Parameter clip_query, clip_key, clip_value, clip_attn;
    private readonly Linear? q_p, k_p, q_m, k_m, v_p;
    private Module<Tensor, Tensor> query, key, value;
    private bool calibrates;

    /// <param name="dim">Width of a token.</param>
    /// <param name="numHeads">Number of heads; divides <paramref name="dim"/>.</param>
    /// <param name="estimatorRank">Rank ρ of the maps that stand for what signs lose; 0 for none.</param>
    /// <param name="dropRate">Share of attention weights that dropout sets to zero in training.</param>
    /// <param name="hasBias">True when queries, keys and values have biases.</param>
    /// <exception cref="FrugalException">The heads do not divide the width.</exception>
    public BinaryAttention(
        [Range(1, 1e6)] long dim, [Range(1, 4096)] long numHeads = 1, [Range(0, 4096)] int estimatorRank = 1, [Range(0, 1, BelowHigh = true)] double dropRate = 0, bool hasBias = true)
        : this(Projection(dim, hasBias), Projection(dim, hasBias), Projection(dim, hasBias), numHeads, estimatorRank, dropRate)
    {
    }

    private BinaryAttention(BinaryLinear query, BinaryLinear key, BinaryLinear value, long numHeads, int estimatorRank, double dropRate) : base(nameof(BinaryAttention))
    {
        (Dim, HasBias) = (query.InFeatures, query.HasBias);
        NumHeads = Guard.Between(numHeads, 1, 4096, nameof(numHeads));
        EstimatorRank = Guard.Between(estimatorRank, 0, 4096, nameof(estimatorRank));
        DropRate = Guard.Fraction(dropRate, nameof(dropRate));
        if (Dim % numHeads != 0)
            throw new FrugalException($"attention: {numHeads} heads do not divide a width of {Dim} evenly");
        headDim = Dim / numHeads;
        (this.query, this.key, this.value) = (query, key, value);
        (clip_query, clip_key, clip_value, clip_attn) = (FirstStep(), FirstStep(), FirstStep(), FirstStep());
        if (estimatorRank > 0)
            (q_p, k_p, q_m, k_m, v_p) = (Estimator(estimatorRank), Estimator(estimatorRank), Estimator(estimatorRank), Estimator(estimatorRank), Estimator(1));
        RegisterComponents();
    }

    /// <summary>Width of a token.</summary>
    public long Dim { get; }

    /// <summary>Number of heads.</summary>
    public long NumHeads { get; }

    /// <summary>Rank ρ of the maps that stand for what signs lose; 0 for none.</summary>
    public int EstimatorRank { get; }

    /// <summary>Share of attention weights that dropout sets to zero in training.</summary>
    public double DropRate { get; }

    /// <summary>True when queries, keys and values have biases.</summary>
    public bool HasBias { get; }

    /// <summary>Attention that begins with the weights of three dense layers.</summary>
    /// <param name="query">Gives queries, <c>[dim, dim]</c>; it stays the caller's, as do the others.</param>
    /// <param name="key">Gives keys.</param>
    /// <param name="value">Gives values.</param>
    /// <param name="numHeads">Number of heads.</param>
    /// <param name="estimatorRank">Rank of the maps that stand for what signs lose; 0 for none.</param>
    /// <param name="dropRate">Share of attention weights that dropout sets to zero in training.</param>
    /// <param name="generator">Where the first weights of these maps come from; libtorch's own when null.</param>
    public static BinaryAttention Of(Linear query, Linear key, Linear value, long numHeads, int estimatorRank = 1, double dropRate = 0, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        using var mode = no_grad();
        var layer = new BinaryAttention(BinaryLinear.Of(query), BinaryLinear.Of(key), BinaryLinear.Of(value), numHeads, estimatorRank, dropRate);
        if (generator is not null)
            layer.Draw(generator);
        layer.to(query.weight!.device, query.weight.dtype);
        return layer;
    }

    /// <summary>The binary form of a network's attention.</summary>
    /// <exception cref="FrugalException">A layer is none of torch's any more, or heads are gone.</exception>
    internal static BinaryAttention Like((string Name, nn.Module Layer) query, (string Name, nn.Module Layer) key, (string Name, nn.Module Layer) value, long headDim, int estimatorRank, double dropRate, Generator generator)
    {
        Linear q = DenseLayer.Require(query.Layer, query.Name, "attention"), k = DenseLayer.Require(key.Layer, key.Name, "attention"), v = DenseLayer.Require(value.Layer, value.Name, "attention");
        return q.out_features == q.in_features && v.out_features == v.in_features
            ? Of(q, k, v, q.in_features / headDim, estimatorRank, dropRate, generator)
            : throw new FrugalException($"attention with {q.out_features / headDim} of its {q.in_features / headDim} heads cannot become binary: signs want queries as wide as a token; do that before heads are removed");
    }

    /// <summary>While it is so, each pass sets the steps α to what its own numbers ask for.</summary>
    internal void Calibrate(bool now) => calibrates = now;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => ((IMaskedAttention)this).Run(input, null);

    Tensor IMaskedAttention.Run(Tensor input, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        return Attend(input, mask).Context.MoveToOuterDisposeScope();
    }

    /// <summary>What it gives, and the attention weights, 0 or α, <c>[batch, heads, tokens, tokens]</c>; within a dispose scope.</summary>
    internal (Tensor Context, Tensor Weights) Attend(Tensor input, Tensor? mask)
    {
        var (queries, keys, values) = (Signs(query, clip_query, input), Signs(key, clip_key, input), Signs(value, clip_value, input));
        var scores = queries.matmul(keys.transpose(-2, -1));
        if (q_p is not null)
            scores = scores + Missing(input).unsqueeze(1);
        scores = scores / Math.Sqrt(headDim);
        var shares = functional.dropout((mask is null ? scores : scores + mask).softmax(-1), DropRate, training);
        if (calibrates)
            clip_attn.copy_(BinaryMath.FirstStepOfProbabilities(shares).clamp_min(BinaryMath.MinStep));
        var weights = BinaryMath.Unsigned(shares, clip_attn);
        if (v_p is not null)
            values = values + v_p.call(input).unsqueeze(1);
        return (HeadAttention.Merge(weights.matmul(values)), weights);
    }

    /// <summary>The scores that the signs lack, for all heads, <c>[batch, tokens, tokens]</c>: of rank 2ρ at most.</summary>
    internal Tensor Missing(Tensor input)
    {
        Tensor q = q_p!.call(input), k = k_p!.call(input);
        return q_m!.call(input).matmul(k.transpose(-2, -1)) + q.matmul((k_m!.call(input) + k).transpose(-2, -1));
    }

    private Tensor Signs(Module<Tensor, Tensor> projection, Parameter step, Tensor input)
    {
        var heads = HeadAttention.Split(projection.call(input), headDim);
        if (calibrates)
            step.copy_(BinaryMath.FirstStep(heads).clamp_min(BinaryMath.MinStep));
        return BinaryMath.Signed(heads, step);
    }

    private void Draw(Generator generator)
    {
        using var scope = NewDisposeScope();
        foreach (var map in new[] { q_p, k_p, q_m, k_m, v_p }.OfType<Linear>())
            map.weight!.copy_(randn(map.weight.shape, generator: generator) * EstimatorStd);
    }

    private static BinaryLinear Projection(long dim, bool hasBias) => new(Guard.Between(dim, 1, 1_000_000, nameof(dim)), dim, hasBias: hasBias);

    private static Parameter FirstStep()
    {
        using var scope = NewDisposeScope();
        return DenseLayer.ParameterOf(tensor(1f));
    }

    private Linear Estimator(long width)
    {
        using var scope = NewDisposeScope();
        return DenseLayer.Linear(randn(width, Dim) * EstimatorStd, zeros(width));
    }
}
