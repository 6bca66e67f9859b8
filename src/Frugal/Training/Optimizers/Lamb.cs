using Frugal.Catalogue;

namespace Frugal.Training.Optimizers;

/// <summary>
/// LAMB (You et al., 2019, arXiv 1904.00962, algorithm 2): Adam's direction, rescaled for every parameter tensor so that its relative change per
/// update is the learning rate. Lets the batch grow to tens of thousands with a square-root rule for the learning rate and a warm-up.
/// </summary>
/// <remarks>
/// With <c>u = m^/(sqrt(v^) + eps) + decay x</c> every tensor moves by <c>lr phi(|x|)/|u| u</c>. Biases and the scales and offsets of norms take no decay and
/// are not adapted: for them LAMB is Adam. Learning rates are relative step sizes; 1e-3 to 2e-2 is the usual range.
/// </remarks>
[Entry("lamb", Paper = "lamb")]
public sealed class Lamb : Optimizer
{
    /// <inheritdoc/>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public override double Lr { get; init => field = Guard.Positive(value); } = 0.01;

    /// <summary>Decay of the mean of gradients.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Beta1 { get; init => field = Guard.Fraction(value); } = 0.9;

    /// <summary>Decay of the mean of squared gradients.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Beta2 { get; init => field = Guard.Fraction(value); } = 0.999;

    /// <summary>Added to the root of the second moment, outside the root.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Eps { get; init => field = Guard.NotNegative(value); } = 1e-6;

    /// <summary>Weight decay inside the trust ratio. Biases and norms have none.</summary>
    [Range(0, double.PositiveInfinity)]
    public double WeightDecay { get; init => field = Guard.NotNegative(value); } = 0.01;

    /// <summary>Bound on the global norm of all gradients before the moments see them, as the toolkits have it; null leaves them alone, as the original does.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double? MaxGradNorm { get; init => field = value is { } norm ? Guard.Positive(norm) : null; } = 1.0;

    /// <summary>Divides the moments by <c>1 - beta^t</c>.</summary>
    public bool BiasCorrection { get; init; } = true;

    /// <summary>Weighs a new gradient by <c>1 - beta1</c> in the first moment; otherwise by 1.</summary>
    public bool GradAveraging { get; init; } = true;

    /// <summary>Bounds the trust ratio by 1 (LAMBC).</summary>
    public bool TrustClip { get; init; }

    /// <summary>Uses the trust ratio also for tensors without weight decay (NVLAMB).</summary>
    public bool AlwaysAdapt { get; init; }

    /// <summary>Takes the decay off the weights first, outside the trust ratio.</summary>
    public bool DecoupledDecay { get; init; }

    /// <summary>Lower bound of the weight norm in the trust ratio, the paper's γ_l; null for none.</summary>
    [Range(0, double.PositiveInfinity)]
    public double? PhiLow { get; init => field = value is { } low ? Guard.NotNegative(low) : null; }

    /// <summary>Upper bound of the weight norm in the trust ratio, the paper's γ_u; null for none.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double? PhiHigh { get; init => field = value is { } high ? Guard.Positive(high) : null; }

    /// <summary>Names of parameters that are not adapted, <c>*</c> standing for anything; null for those that take no weight decay.</summary>
    public IReadOnlyList<string>? AdaptExclude { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException"><see cref="PhiLow"/> lies above <see cref="PhiHigh"/>.</exception>
    public override OptimizerState Start(IReadOnlyList<ParameterGroup> groups) => new LambState(this, groups);
}
