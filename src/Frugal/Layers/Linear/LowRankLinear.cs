using Frugal.Catalogue;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A linear layer whose weight is the product of two thin matrices: <c>y = U (V x) + b</c>, <c>[…, in]</c> to <c>[…, out]</c>, with rank·(in + out) weights instead of in·out.
/// Weight names: <c>down.weight</c> (V, <c>[rank, in]</c>), <c>up.weight</c> (U, <c>[out, rank]</c>), <c>up.bias</c>.
/// </summary>
[Entry("low-rank-linear")]
public sealed class LowRankLinear : Layer, IFactored
{
    private Module<Tensor, Tensor> down, up;

    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="rank">Width between the two factors.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public LowRankLinear([Range(1, 1e6)] long inFeatures, [Range(1, 1e6)] long outFeatures, [Range(1, 1e6)] long rank, bool hasBias = true) : base(nameof(LowRankLinear))
    {
        InFeatures = Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        Rank = Guard.Between(rank, 1, 1_000_000, nameof(rank));
        HasBias = hasBias;
        down = Linear(inFeatures, rank, hasBias: false);
        up = Linear(rank, outFeatures, hasBias: hasBias);
        RegisterComponents();
    }

    /// <summary>Width of the input.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output.</summary>
    public long OutFeatures { get; }

    /// <summary>Width between the two factors.</summary>
    public long Rank { get; }

    /// <summary>True when a bias is added.</summary>
    public bool HasBias { get; }

    /// <summary>The layer of this rank that is nearest to a dense one; the bias is kept as it is.</summary>
    public static LowRankLinear Of(Linear dense, long rank)
    {
        ArgumentNullException.ThrowIfNull(dense);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var layer = new LowRankLinear(dense.in_features, dense.out_features, rank, dense.bias is not null);
        var (up, down) = LowRankMath.Factor(dense.weight, rank);
        ((Linear)layer.down).weight.copy_(down);
        ((Linear)layer.up).weight.copy_(up);
        if (dense.bias is { } bias)
            ((Linear)layer.up).bias!.copy_(bias);
        return layer;
    }

    /// <inheritdoc/>
    protected internal override Layer Fit(Func<string, IReadOnlyList<long>> shapeOf)
    {
        ArgumentNullException.ThrowIfNull(shapeOf);
        return new LowRankLinear(shapeOf("down.weight")[1], shapeOf("up.weight")[0], shapeOf("down.weight")[0], HasBias);
    }

    /// <inheritdoc/>
    public long FactorNumbers => Rank * (InFeatures + OutFeatures);

    /// <inheritdoc/>
    public Tensor DenseWeight() => ((Linear)up).weight.matmul(((Linear)down).weight);

    /// <inheritdoc/>
    public Module<Tensor, Tensor> ToDense()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        return DenseLayer.Linear(DenseWeight(), ((Linear)up).bias);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var narrow = down.call(input);
        return up.call(narrow);
    }
}
