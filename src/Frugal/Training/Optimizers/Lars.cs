using Frugal.Catalogue;

namespace Frugal.Training.Optimizers;

/// <summary>
/// LARS (You et al., 2017, arXiv 1708.03888; and algorithm 1 of arXiv 1904.00962): momentum descent whose steps are rescaled for every parameter tensor
/// by the ratio of weight norm to gradient norm.
/// </summary>
/// <remarks>
/// The rate is the trust coefficient times the learning rate: with the default coefficient learning rates lie between 1 and 30. Tensors without weight decay
/// are not adapted unless <see cref="AlwaysAdapt"/> is set.
/// </remarks>
[Entry("lars", Paper = "lamb")]
public sealed class Lars : Optimizer
{
    /// <inheritdoc/>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public override double Lr { get; init => field = Guard.Positive(value); } = 1.0;

    /// <summary>Which definition: <c>momentum</c> or <c>paper</c>.</summary>
    public LarsVariant Variant { get; init; } = LarsVariant.Momentum;

    /// <summary>Share of the former step that is kept: μ of the momentum variant, β1 of the paper's.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Momentum { get; init => field = Guard.Fraction(value); } = 0.9;

    /// <summary>How much of each new step the momentum buffer leaves out; momentum variant only.</summary>
    [Range(0, 1)]
    public double Dampening { get; init => field = Guard.Between(value, 0, 1); }

    /// <summary>Steps along <c>d + momentum b</c> instead of <c>b</c>; momentum variant only.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Weight decay inside the trust ratio. Biases and norms have none.</summary>
    [Range(0, double.PositiveInfinity)]
    public double WeightDecay { get; init => field = Guard.NotNegative(value); } = 1e-4;

    /// <summary>Trust coefficient τ; momentum variant only.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double TrustCoeff { get; init => field = Guard.Positive(value); } = 0.001;

    /// <summary>Added to the denominator of the trust ratio, δ; momentum variant only.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Eps { get; init => field = Guard.NotNegative(value); } = 1e-8;

    /// <summary>Keeps the effective rate at or below the learning rate (LARC); momentum variant only.</summary>
    public bool TrustClip { get; init; }

    /// <summary>Adapts also tensors without weight decay.</summary>
    public bool AlwaysAdapt { get; init; }

    /// <summary>Lower bound γ_l of the weight norm in the trust ratio; paper variant only; null for none.</summary>
    [Range(0, double.PositiveInfinity)]
    public double? PhiLow { get; init => field = value is { } low ? Guard.NotNegative(low) : null; }

    /// <summary>Upper bound γ_u of the weight norm in the trust ratio; paper variant only; null for none.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double? PhiHigh { get; init => field = value is { } high ? Guard.Positive(high) : null; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException"><see cref="PhiLow"/> lies above <see cref="PhiHigh"/>.</exception>
    public override OptimizerState Start(IReadOnlyList<ParameterGroup> groups) => Variant switch
    {
        LarsVariant.Paper => new PaperLarsState(this, groups),
        _ => new MomentumLarsState(this, groups),
    };
}
