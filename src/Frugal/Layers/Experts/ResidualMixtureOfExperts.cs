using Frugal.Catalogue;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>
/// A feed-forward block that computes every token, and a mixture beside it that corrects it (Rajbhandari et al. 2022, "DeepSpeed-MoE", arXiv 2201.05596, section 4.1): <c>y = c₀ · mixture(x) + c₁ · block(x)</c> with
/// <c>c = softmax(W x + b)</c>, <c>[…, dim]</c> to the same shape. With one expert a token it does about what two experts a token do. Weights: <c>moe</c> as in <see cref="MixtureOfExperts"/>, <c>mlp.fc1</c>,
/// <c>mlp.fc2</c>, <c>coefficient</c> <c>[2, dim]</c>.
/// </summary>
/// <remarks>The paper's text adds the two, as without coefficients; these are the released layer's.</remarks>
[Entry("residual-mixture-of-experts", Paper = "deepspeed-moe")]
[Capabilities(WorksOn = ["feed-forward block"], CombinesWith = ["pr-moe", "train"], ChangesShapes = true)]
public sealed class ResidualMixtureOfExperts : Layer
{
    private const int MaxExperts = 4096, MaxWidth = 1_000_000;

    private Module<Tensor, Tensor> moe, mlp;
    private Module<Tensor, Tensor>? coefficient;

    /// <param name="dim">Width of a token.</param>
    /// <param name="hiddenDim">Width between the two layers of an expert.</param>
    /// <param name="numExperts">Number of experts.</param>
    /// <param name="router">Which experts compute a token; the most probable one, times its probability, when null.</param>
    /// <param name="activation">The non-linearity of experts and block.</param>
    /// <param name="isGated">True when experts and block are gated: down(activation(gate(x)) ⊙ up(x)).</param>
    /// <param name="hasBias">True when their layers have biases.</param>
    /// <param name="dropRate">Share of units that dropout sets to zero in training, after each layer of what is not gated.</param>
    /// <param name="capacity">How many tokens an expert takes; null for all that chose it, so that none is dropped.</param>
    /// <param name="jitter">In training the gate sees its input times a random number within 1 ± this.</param>
    /// <param name="balanceWeight">Factor of the balance loss.</param>
    /// <param name="blockDim">Width between the two layers of the block beside the experts; that of an expert when null.</param>
    /// <param name="hasCoefficients">False to add mixture and block as they are.</param>
    public ResidualMixtureOfExperts(
        [Range(1, MaxWidth)] long dim, [Range(1, MaxWidth)] long hiddenDim, [Range(1, MaxExperts)] int numExperts = 8, Router? router = null, Activation activation = Layers.Activation.Gelu, bool isGated = false,
        bool hasBias = true, [Range(0, 1, BelowHigh = true)] double dropRate = 0, ExpertCapacity? capacity = null, [Range(0, 1, BelowHigh = true)] double jitter = 0, [Range(0, 1e6)] double balanceWeight = 0.01,
        [Range(1, MaxWidth)] long? blockDim = null, bool hasCoefficients = true)
        : base(nameof(ResidualMixtureOfExperts))
    {
        Router = router ?? new TopKRouter { K = 1, Weights = ExpertWeights.Probability };
        var mixture = new MixtureOfExperts(
            dim, hiddenDim, numExperts, Router, activation: activation, isGated: isGated, hasBias: hasBias, dropRate: dropRate, capacity: capacity, jitter: jitter, balanceWeight: balanceWeight);
        (Dim, HiddenDim, NumExperts, Activation, IsGated, HasBias, DropRate) = (dim, hiddenDim, numExperts, activation, isGated, hasBias, mixture.DropRate);
        (Capacity, Jitter, BalanceWeight) = (capacity, mixture.Jitter, mixture.BalanceWeight);
        (BlockDim, HasCoefficients) = (blockDim is { } width ? Guard.Between(width, 1, MaxWidth, nameof(blockDim)) : null, hasCoefficients);
        moe = mixture;
        mlp = mixture.NewExpert(BlockDim);
        coefficient = hasCoefficients ? Linear(dim, 2) : null;
        RegisterComponents();
    }

    /// <summary>Width of a token.</summary>
    public long Dim { get; }

    /// <summary>Width between the two layers of an expert.</summary>
    public long HiddenDim { get; }

    /// <summary>Number of experts.</summary>
    public int NumExperts { get; }

    /// <summary>Which experts compute a token; the most probable one, times its probability, when null.</summary>
    public Router? Router { get; }

    /// <summary>The non-linearity of experts and block.</summary>
    public Activation Activation { get; }

    /// <summary>True when experts and block are gated: down(activation(gate(x)) ⊙ up(x)).</summary>
    public bool IsGated { get; }

    /// <summary>True when their layers have biases.</summary>
    public bool HasBias { get; }

    /// <summary>Share of units that dropout sets to zero in training, after each layer of what is not gated.</summary>
    public double DropRate { get; }

    /// <summary>How many tokens an expert takes; null for all that chose it, so that none is dropped.</summary>
    public ExpertCapacity? Capacity { get; }

    /// <summary>In training the gate sees its input times a random number within 1 ± this.</summary>
    public double Jitter { get; }

    /// <summary>Factor of the balance loss.</summary>
    public double BalanceWeight { get; }

    /// <summary>Width between the two layers of the block beside the experts; that of an expert when null.</summary>
    public long? BlockDim { get; }

    /// <summary>False to add mixture and block as they are.</summary>
    public bool HasCoefficients { get; }

    /// <summary>The mixture, unless another layer took its place.</summary>
    internal MixtureOfExperts? Mixture => moe as MixtureOfExperts;

    /// <summary>The mixing coefficients of each token, <c>[…, 2]</c>: of the mixture, and of the block.</summary>
    /// <param name="input"><c>[…, dim]</c>.</param>
    /// <exception cref="FrugalException">The layer has none.</exception>
    public Tensor Coefficients(Tensor input)
    {
        using var scope = NewDisposeScope();
        return (coefficient ?? throw new FrugalException("This layer adds its mixture and its block as they are, without coefficients")).call(input).softmax(-1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        if (coefficient is null)
            return (moe.call(input) + mlp.call(input)).MoveToOuterDisposeScope();
        var weights = Coefficients(input);
        return (moe.call(input) * weights.narrow(-1, 0, 1) + mlp.call(input) * weights.narrow(-1, 1, 1)).MoveToOuterDisposeScope();
    }
}
