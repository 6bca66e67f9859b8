using Frugal.Analysis.MixtureEstimation;
using Frugal.Interop;
using Frugal.Layers.Experts;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;
using Activation = Frugal.Layers.Activation;

namespace Frugal.Tests.Analysis.MixtureEstimation;

public sealed class SoftmaxGaussianTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, float64, generator: generator);
    }

    private static SoftmaxGaussianMixture Mixture(Activation? activation = null, long k = 3, long d = 2) =>
        new(Random(1, k), Random(2, k, d), tensor(0.7), Random(3, k, d), Random(4, k), Random(5, k).exp(), activation);

    private static double Largest(Tensor values) => values.abs().max().item<double>();

    [Theory]
    [InlineData("density")]
    [InlineData("em_step")]
    [InlineData("voronoi")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "softmax-gaussian-moe", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    public static IEnumerable<TheoryDataRow<Activation?>> Gates => [new(null), new(Activation.Tanh), new(Activation.Sigmoid), new(Activation.Gelu)];

    [Theory]
    [MemberData(nameof(Gates))]
    public void Weights_add_up_to_one_and_the_density_integrates_to_one(Activation? activation)
    {
        var mixture = Mixture(activation);
        var x = Random(6, 1, 2);
        Assert.Equal(1, mixture.LogGate(x).exp().sum().item<double>(), 12);
        var y = linspace(-60, 60, 60_001, dtype: float64);
        double integral = mixture.LogDensity(x.expand(y.shape[0], 2), y).exp().sum().item<double>() * 120 / 60_000;
        Assert.Equal(1, integral, 8);
    }

    [Fact]
    public void Scaling_gate_and_temperature_together_changes_nothing_unless_the_gate_has_an_activation()
    {
        Tensor x = Random(6, 9, 2), y = Random(7, 9);
        foreach (Activation? activation in new Activation?[] { null, Activation.Tanh })
        {
            var mixture = Mixture(activation);
            var scaled = mixture with { Beta0 = mixture.Beta0 * 3, Beta1 = mixture.Beta1 * 3, Tau = mixture.Tau * 3 };
            double change = Largest(mixture.LogDensity(x, y) - scaled.LogDensity(x, y));
            Assert.True(activation is null ? change < 1e-12 : change > 1e-3, $"{activation}: {change}");
        }
    }

    [Fact]
    public void The_linear_gate_obeys_all_three_equations_and_the_activation_gate_the_second_alone()
    {
        Tensor x = Random(6, 9, 2), y = Random(7, 9);
        var linear = GateInteractions.Of(Mixture(), x, y);
        Assert.All(new[] { linear.Temperature, linear.Scale, linear.Slope }, residual => Assert.InRange(Largest(residual), 0, 1e-10));
        var activated = GateInteractions.Of(Mixture(Activation.Tanh), x, y);
        Assert.InRange(Largest(activated.Scale), 0, 1e-10);
        Assert.True(Largest(activated.Temperature) > 1e-3 && Largest(activated.Slope) > 1e-3);
    }

    [Fact]
    public void A_hot_gate_is_uniform_and_a_cold_one_certain()
    {
        var x = Random(6, 9, 2);
        Assert.InRange(Largest((Mixture() with { Tau = tensor(1e9) }).LogGate(x).exp() - 1.0 / 3), 0, 1e-6);
        var cold = (Mixture() with { Tau = tensor(1e-4) }).LogGate(x).exp();
        Assert.InRange(Largest(cold.amax([1]) - 1), 0, 1e-6);
    }

    [Fact]
    public void Expectation_maximisation_never_lowers_the_likelihood_and_solves_the_experts_exactly()
    {
        Tensor x = Random(6, 200, 2), y = Random(7, 200);
        foreach (Activation? activation in new Activation?[] { null, Activation.Tanh })
        {
            var mixture = Mixture(activation);
            double before = mixture.Loss(x, y).item<double>();
            for (int rounds = 1; rounds <= 4; rounds++)
            {
                double after = new ExpectationMaximization { MaxRounds = rounds }.Fit(mixture, x, y).Loss(x, y).item<double>();
                Assert.True(after <= before + 1e-12);
                before = after;
            }
            var weights = mixture.Responsibilities(x, y);
            var leaves = new ExpectationMaximization().UpdateExperts(mixture, x, y, weights).AsLeaves();
            (weights * leaves.LogExperts(x, y)).sum().backward();
            Assert.All(new[] { leaves.A, leaves.B, leaves.Nu }, leaf => Assert.InRange(Largest(leaf.grad!), 0, 1e-7));
        }
    }

    [Fact]
    public void One_expert_is_least_squares()
    {
        Tensor x = Random(6, 50, 2), y = Random(7, 50);
        var fitted = MaximumLikelihood.Fit(Mixture(k: 1), x, y);
        var extended = cat([x, ones([50, 1], float64)], 1);
        var solution = linalg.solve(extended.t().matmul(extended), extended.t().matmul(y.unsqueeze(1))).squeeze(1);
        Assert.InRange(Largest(cat([fitted.A.flatten(), fitted.B], 0) - solution), 0, 1e-5);
        Assert.Equal((y - extended.matmul(solution)).square().mean().item<double>(), fitted.Nu.item<double>(), 5);
    }

    [Fact]
    public void The_likelihood_fits_at_least_as_well_as_the_truth_and_both_ways_agree()
    {
        using var generator = new Generator(9);
        var truth = Mixture(Activation.Tanh);
        var x = rand([400, 2], float64, generator: generator) * 4 - 2;
        var y = truth.Sample(x, generator);
        var fitted = MaximumLikelihood.Fit(truth, x, y);
        double best = fitted.Loss(x, y).item<double>();
        Assert.True(best <= truth.Loss(x, y).item<double>());
        Assert.True(best <= MaximumLikelihood.Fit(truth, x, y, fixesLastWeights: true).Loss(x, y).item<double>() + 1e-6);
        Assert.Equal(best, new ExpectationMaximization().Fit(fitted, x, y).Loss(x, y).item<double>(), 4);
    }

    [Fact]
    public void A_start_found_in_the_data_leads_to_experts_that_lie_apart()
    {
        using var generator = new Generator(3);
        var truth = new SoftmaxGaussianMixture(tensor(new[] { 0.2, 0 }), tensor(new[] { 2.0, 0 }).view(2, 1), tensor(0.5), tensor(new[] { 1.0, -1 }).view(2, 1), tensor(new[] { 4.0, -4 }), tensor(new[] { 0.1, 0.2 }), null);
        var x = rand([600, 1], float64, generator: generator) * 4 - 2;
        var y = truth.Sample(x, generator);
        var start = MixtureStart.Of(x, y, 2, generator);
        Assert.Equal(1, start.LogGate(x).exp().sum(1).mean().item<double>(), 12);
        var fitted = new ExpectationMaximization { MaxRounds = 50 }.Fit(start, x, y);
        Assert.True(fitted.Loss(x, y).item<double>() < truth.Loss(x, y).item<double>() + 0.01);
        Assert.Equal([-4, 4], fitted.B.data<double>().ToArray().Order().Select(intercept => Math.Round(intercept)));
        Assert.Throws<ArgumentOutOfRangeException>(() => MixtureStart.Of(x, y, 601, generator));
        // More experts than different points: some coincide, and nothing breaks.
        Assert.True(MixtureStart.Of(zeros(4, 1, float64), zeros(4, float64), 3, generator).Nu.isfinite().all().item<bool>());
    }

    [Fact]
    public void The_linear_gate_has_no_information_along_scaling()
    {
        Tensor x = Random(6, 40, 2), y = Random(7, 40);
        var leaves = Mixture().AsLeaves();
        // Every example's score is orthogonal to (β₀, β₁, τ), so the Fisher information is singular there.
        for (int i = 0; i < 5; i++)
        {
            foreach (var (_, leaf) in leaves.Parameters)
                leaf.grad?.zero_();
            leaves.LogDensity(x.narrow(0, i, 1), y.narrow(0, i, 1)).sum().backward();
            double along = ((leaves.Beta0 * leaves.Beta0.grad!).sum() + (leaves.Beta1 * leaves.Beta1.grad!).sum() + leaves.Tau * leaves.Tau.grad!).item<double>();
            Assert.Equal(0, along, 10);
        }
    }

    [Fact]
    public void The_distance_is_zero_for_the_same_mixture_in_any_order()
    {
        var mixture = Mixture();
        var turned = mixture with { Beta0 = mixture.Beta0.flip(0), Beta1 = mixture.Beta1.flip(0), A = mixture.A.flip(0), B = mixture.B.flip(0), Nu = mixture.Nu.flip(0) };
        Assert.Equal(0, VoronoiLoss.Of(turned, mixture), 12);
        Assert.Equal([2, 1, 0], VoronoiLoss.Cells(turned, mixture));
        Assert.True(VoronoiLoss.Of(mixture with { B = mixture.B + 0.1 }, mixture) > 0.05);
    }

    [Fact]
    public void The_step_measures_errors_at_the_largest_size_and_slopes_between_sizes()
    {
        Subject Measured(params int[] sizes)
        {
            var subject = TinySubject.Of();
            new GateEstimation { Gate = GateForm.Activation, Sizes = sizes, Repetitions = 2 }.Apply(subject);
            return subject;
        }
        using Subject both = Measured(50, 400), few = Measured(50), many = Measured(400);
        foreach (string name in new[] { "temperature", "ratio", "expert" })
        {
            double atFew = few.Metrics[$"{name}-error"]!.Value, atMany = many.Metrics[$"{name}-error"]!.Value;
            Assert.Equal(atMany, both.Metrics[$"{name}-error"]!.Value, 12);
            Assert.Equal(Math.Log(atMany / atFew) / Math.Log(8), both.Metrics[$"{name}-slope"]!.Value, 9);
            Assert.Null(many.Metrics[$"{name}-slope"]);
        }
        // Lines through 400 examples with noise of 0.5 are known to some hundredths, where the start is 0.2 off.
        Assert.InRange(both.Metrics["expert-error"]!.Value, 1e-4, 0.1);
        Assert.True(both.Metrics["expert-slope"] < -0.1);
    }

    [Theory]
    [InlineData(GateForm.Temperature)]
    [InlineData(GateForm.Activation)]
    public void The_step_finds_the_experts_without_knowing_the_truth(GateForm gate)
    {
        using var subject = TinySubject.Of();
        new GateEstimation { Gate = gate, Sizes = [600], Repetitions = 2, StartsFromData = true }.Apply(subject);
        Assert.InRange(subject.Metrics["expert-error"]!.Value, 0, 0.3);
    }

    [Fact]
    public void The_step_refuses_a_gate_without_temperature_and_sizes_that_do_not_grow()
    {
        using var subject = TinySubject.Of();
        Assert.Contains("a linear gate has none", Assert.Throws<FrugalException>(() => new GateEstimation { Gate = GateForm.Linear }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new GateEstimation { Sizes = [100, 50] });
    }
}
