using static TorchSharp.torch;

namespace Frugal.Analysis.MixtureEstimation;

/// <summary>
/// Fits a softmax Gaussian mixture by expectation maximisation: experts in closed form by weighted least squares, the gate by gradient ascent with a step that is halved until it helps, so that no round lowers the
/// likelihood.
/// </summary>
public sealed class ExpectationMaximization
{
    private const int GateSteps = 10, Halvings = 30;

    /// <summary>Added to the diagonal of the normal equations.</summary>
    public double Ridge { get; init => field = Guard.NotNegative(value); } = 1e-10;

    /// <summary>Smallest variance.</summary>
    public double VarianceFloor { get; init => field = Guard.Positive(value); } = 1e-8;

    /// <summary>Gain of the mean log-likelihood below which a fit ends.</summary>
    public double Tolerance { get; init => field = Guard.Positive(value); } = 1e-8;

    /// <summary>Rounds at most.</summary>
    public int MaxRounds { get; init => field = Guard.AtLeast(value, 1); } = 2000;

    /// <summary>Rounds until the likelihood gains too little.</summary>
    /// <param name="start">Where to begin.</param>
    /// <param name="x"><c>[n, d]</c>.</param>
    /// <param name="y"><c>[n]</c>.</param>
    public SoftmaxGaussianMixture Fit(SoftmaxGaussianMixture start, Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(start);
        using var scope = NewDisposeScope();
        var mixture = start;
        double loss = mixture.Loss(x, y).item<double>();
        for (int round = 0; round < MaxRounds; round++)
        {
            var weights = mixture.Responsibilities(x, y).detach();
            mixture = UpdateGate(UpdateExperts(mixture, x, y, weights), x, weights);
            double next = mixture.Loss(x, y).item<double>();
            if (loss - next < Tolerance)
                break;
            loss = next;
        }
        // Aliases, since what no step bettered is the caller's.
        Tensor Own(Tensor value) => value.alias().MoveToOuterDisposeScope();
        return mixture with { Beta0 = Own(mixture.Beta0), Beta1 = Own(mixture.Beta1), Tau = Own(mixture.Tau), A = Own(mixture.A), B = Own(mixture.B), Nu = Own(mixture.Nu) };
    }

    /// <summary>The experts that make the observed data most likely, given which example is whose.</summary>
    /// <param name="mixture">The mixture, whose gate stays.</param>
    /// <param name="x"><c>[n, d]</c>.</param>
    /// <param name="y"><c>[n]</c>.</param>
    /// <param name="weights">Responsibilities, <c>[n, k]</c>.</param>
    public SoftmaxGaussianMixture UpdateExperts(SoftmaxGaussianMixture mixture, Tensor x, Tensor y, Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(mixture);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weights);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        long d = x.shape[1];
        var extended = cat([x, ones([x.shape[0], 1], float64)], 1);
        // [k, d + 1, n]
        var weighted = extended.t().unsqueeze(0) * weights.t().unsqueeze(1);
        var normal = weighted.matmul(extended) + Ridge * eye(d + 1, dtype: float64);
        var solution = linalg.solve(normal, weighted.matmul(y.unsqueeze(1))).squeeze(-1);
        var residuals = y.unsqueeze(1) - extended.matmul(solution.t());
        var variances = ((weights * residuals.square()).sum([0]) / weights.sum([0])).clamp_min(VarianceFloor);
        return mixture with
        {
            A = solution.narrow(1, 0, d).MoveToOuterDisposeScope(),
            B = solution.narrow(1, d, 1).squeeze(1).MoveToOuterDisposeScope(),
            Nu = variances.MoveToOuterDisposeScope(),
        };
    }

    /// <summary>What the gate maximises given which example is whose: Σ r log π, and its gradient to β₀, β₁ and τ.</summary>
    /// <param name="mixture">The mixture.</param>
    /// <param name="x"><c>[n, d]</c>.</param>
    /// <param name="weights">Responsibilities, <c>[n, k]</c>.</param>
    public static (double Value, IReadOnlyList<Tensor> Gradient) GateObjective(SoftmaxGaussianMixture mixture, Tensor x, Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(mixture);
        using var scope = NewDisposeScope();
        var leaves = mixture.AsLeaves();
        var objective = (weights * leaves.LogGate(x)).sum();
        var gradient = autograd.grad([objective], [leaves.Beta0, leaves.Beta1, leaves.Tau]).ToList();
        gradient.ForEach(part => part.MoveToOuterDisposeScope());
        return (objective.item<double>(), gradient);
    }

    // The temperature moves on a logarithmic scale, so that it stays above 0. One factor for all starts at the inverse of the number of examples.
    private static SoftmaxGaussianMixture UpdateGate(SoftmaxGaussianMixture mixture, Tensor x, Tensor weights)
    {
        double step = 4.0 / x.shape[0];
        for (int i = 0; i < GateSteps; i++)
        {
            var (value, gradient) = GateObjective(mixture, x, weights);
            bool isBetter = false;
            for (int halving = 0; halving < Halvings && !isBetter; halving++, step /= 2)
            {
                using var mode = no_grad();
                var tried = mixture with
                {
                    Beta0 = mixture.Beta0 + step * gradient[0],
                    Beta1 = mixture.Beta1 + step * gradient[1],
                    Tau = mixture.Tau * (step * mixture.Tau * gradient[2]).exp(),
                };
                isBetter = (weights * tried.LogGate(x)).sum().item<double>() > value;
                if (isBetter)
                    mixture = tried;
            }
            if (!isBetter)
                break;
            step *= 4;
        }
        return mixture;
    }
}
