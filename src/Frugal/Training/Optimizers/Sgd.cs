using Frugal.Catalogue;

namespace Frugal.Training.Optimizers;

/// <summary>
/// Stochastic gradient descent with momentum: <c>b = momentum b + (1 - dampening) g</c>, <c>x = x - lr b</c>; the buffer starts as the first gradient. As PyTorch's.
/// </summary>
[Entry("sgd")]
public sealed class Sgd : Optimizer
{
    /// <inheritdoc/>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public override double Lr { get; init => field = Guard.Positive(value); } = 0.05;

    /// <summary>Share of the former step that is kept.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Momentum { get; init => field = Guard.Fraction(value); } = 0.9;

    /// <summary>How much of each new gradient the momentum buffer leaves out.</summary>
    [Range(0, 1)]
    public double Dampening { get; init => field = Guard.Between(value, 0, 1); }

    /// <summary>Steps along <c>g + momentum b</c> instead of <c>b</c> (Nesterov). Has no effect without momentum.</summary>
    public bool Nesterov { get; init; }

    /// <summary>L2 penalty: this times the weight is added to the gradient. Biases and norms have none.</summary>
    [Range(0, double.PositiveInfinity)]
    public double WeightDecay { get; init => field = Guard.NotNegative(value); }

    /// <inheritdoc/>
    public override OptimizerState Start(IReadOnlyList<ParameterGroup> groups) => new SgdState(this, groups);
}
