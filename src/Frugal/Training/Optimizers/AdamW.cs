using Frugal.Catalogue;

namespace Frugal.Training.Optimizers;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, 2017, arXiv 1711.05101): <c>x = x (1 - lr decay)</c> before Adam's own step, as in PyTorch.
/// </summary>
[Entry("adamw")]
public sealed class AdamW : Optimizer
{
    /// <inheritdoc/>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public override double Lr { get; init => field = Guard.Positive(value); } = 1e-3;

    /// <summary>Decay of the mean of gradients.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Beta1 { get; init => field = Guard.Fraction(value); } = 0.9;

    /// <summary>Decay of the mean of squared gradients.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Beta2 { get; init => field = Guard.Fraction(value); } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Eps { get; init => field = Guard.NotNegative(value); } = 1e-8;

    /// <summary>Share of a weight, times the learning rate, that every update takes away. Biases and norms keep theirs.</summary>
    [Range(0, double.PositiveInfinity)]
    public double WeightDecay { get; init => field = Guard.NotNegative(value); } = 0.05;

    /// <inheritdoc/>
    public override OptimizerState Start(IReadOnlyList<ParameterGroup> groups) =>
        new AdamState(groups, new(Beta1, Beta2, Eps), penalty: 0, decay: WeightDecay);
}
