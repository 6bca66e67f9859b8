using Frugal.Catalogue;

namespace Frugal.Training.Optimizers;

/// <summary>
/// Adam (Kingma and Ba, 2014, arXiv 1412.6980, algorithm 1). Its weight decay is an L2 penalty that goes through the moments; <see cref="AdamW"/> decays the weights themselves.
/// </summary>
[Entry("adam")]
public sealed class Adam : Optimizer
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

    /// <summary>L2 penalty: this times the weight is added to the gradient. Biases and norms have none.</summary>
    [Range(0, double.PositiveInfinity)]
    public double WeightDecay { get; init => field = Guard.NotNegative(value); }

    /// <inheritdoc/>
    public override OptimizerState Start(IReadOnlyList<ParameterGroup> groups) =>
        new AdamState(groups, new(Beta1, Beta2, Eps), penalty: WeightDecay, decay: 0);
}
