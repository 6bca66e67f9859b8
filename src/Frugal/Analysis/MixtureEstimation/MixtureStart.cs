using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Analysis.MixtureEstimation;

/// <summary>Finds a mixture in data that a fit can begin from, where nothing is known of the truth.</summary>
public static class MixtureStart
{
    // Every expert sees a little of all examples, so that none is fitted to fewer points than it has unknowns.
    private const double Background = 0.05;

    /// <summary>Groups the points (x, y), each axis in units of its deviation, by k-means from centres that are drawn far apart (Arthur and Vassilvitskii 2007, k-means++), and fits an expert to each group; the gate is even.</summary>
    /// <param name="x"><c>[n, d]</c>.</param>
    /// <param name="y"><c>[n]</c>.</param>
    /// <param name="experts">Number of experts k, at most n.</param>
    /// <param name="generator">Where the centres are drawn from.</param>
    /// <param name="activation">σ of an activation gate; null for a linear one.</param>
    /// <param name="rounds">Rounds of k-means.</param>
    public static SoftmaxGaussianMixture Of(Tensor x, Tensor y, int experts, Generator generator, Activation? activation = null, int rounds = 20)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        Guard.Between(experts, 1, (int)x.shape[0], nameof(experts));
        Guard.AtLeast(rounds, 0, nameof(rounds));
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (points, d) = (cat([x, y.unsqueeze(1)], 1), x.shape[1]);
        points = (points - points.mean([0])) / points.std(0, unbiased: false).clamp_min(1e-12);
        var centres = Centres(points, experts, generator);
        for (int round = 0; round < rounds; round++)
        {
            var members = Members(points, centres, experts);
            var sizes = members.sum([0]).unsqueeze(1);
            // A centre that lost all its points stays where it is.
            centres = where(sizes.gt(0), members.t().matmul(points) / sizes.clamp_min(1), centres);
        }
        var weights = Members(points, centres, experts) * (1 - Background) + Background / experts;
        var even = new SoftmaxGaussianMixture(Zeros(experts), Zeros(experts, d), tensor(1.0).MoveToOuterDisposeScope(), Zeros(experts, d), Zeros(experts), ones(experts, float64), activation);
        var fitted = new ExpectationMaximization().UpdateExperts(even, x, y, weights);
        return fitted with { A = fitted.A.MoveToOuterDisposeScope(), B = fitted.B.MoveToOuterDisposeScope(), Nu = fitted.Nu.MoveToOuterDisposeScope() };

        static Tensor Zeros(params long[] shape) => zeros(shape, float64).MoveToOuterDisposeScope();
    }

    private static Tensor Centres(Tensor points, int experts, Generator generator)
    {
        var chosen = new List<Tensor> { points.index_select(0, randint(points.shape[0], 1, int64, generator: generator)) };
        while (chosen.Count < experts)
        {
            var distances = Distances(points, cat(chosen, 0)).amin([1]);
            // Where every point is a centre already, any is as good.
            var odds = distances.sum().item<double>() > 0 ? distances : ones_like(distances);
            chosen.Add(points.index_select(0, odds.multinomial(1, generator: generator)));
        }
        return cat(chosen, 0);
    }

    private static Tensor Members(Tensor points, Tensor centres, int experts) => nn.functional.one_hot(Distances(points, centres).argmin(1), experts).to(float64);

    // Squared, [n, k]
    private static Tensor Distances(Tensor points, Tensor centres) => (points.unsqueeze(1) - centres.unsqueeze(0)).square().sum(-1);
}
