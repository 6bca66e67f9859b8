using Frugal.Interop;
using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class SnnkTests
{
    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: float64, generator: generator);
    }

    private static double Largest(Tensor difference) => difference.abs().max().item<double>();

    private static Tensor Unit(ulong seed, params long[] shape)
    {
        var rows = Random(seed, shape);
        return rows / rows.square().sum(1, keepdim: true).sqrt();
    }

    private static Tensor Projection(ulong seed, long features, long dim, bool isOrthogonal = false)
    {
        using var generator = new Generator(seed);
        return SnnkMath.Projection(features, dim, isOrthogonal, generator).to(float64);
    }

    [Theory]
    [InlineData("relu_adapter")]
    [InlineData("urf_trig")]
    [InlineData("bundle")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "snnk", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    public class Relu
    {
        // The estimate's mean and mean squared error over 400 projections.
        private static (double Bias, double SquaredError) Estimate(long features, bool isOrthogonal = false)
        {
            using var scope = NewDisposeScope();
            Tensor inputs = Unit(1, 4, 6), weights = Unit(2, 3, 6), kernel = SnnkMath.ArcCosineKernel(inputs, weights), sum = zeros_like(kernel), squares = zeros_like(kernel);
            const int Draws = 400;
            for (ulong seed = 0; seed < Draws; seed++)
            {
                var projection = Projection(seed + 10, features, 6, isOrthogonal);
                var estimate = SnnkMath.ReluFeatures(inputs, projection).matmul(SnnkMath.ReluFeatures(weights, projection).t());
                sum += estimate / Draws;
                squares += (estimate - kernel).square() / Draws;
            }
            return (Largest(sum - kernel), squares.mean().item<double>());
        }

        [Fact]
        public void Products_estimate_the_arc_cosine_kernel_without_bias()
        {
            var (bias, error) = Estimate(16);
            // Five standard errors of the mean of 400 draws, whose variance is about the mean squared error.
            Assert.InRange(bias, 0, 5 * Math.Sqrt(3 * error / 400));
        }

        [Fact]
        public void Four_times_the_features_quarter_the_squared_error()
        {
            double ratio = Estimate(16).SquaredError / Estimate(64).SquaredError;
            Assert.InRange(ratio, 2, 8);
        }

        [Fact]
        public void Orthogonal_projections_estimate_the_same_with_less_error()
        {
            var (bias, error) = Estimate(12, isOrthogonal: true);
            Assert.InRange(bias, 0, 5 * Math.Sqrt(3 * error / 400));
            Assert.True(error < Estimate(12).SquaredError);
        }

        [Fact]
        public void Features_grow_in_proportion_to_the_input()
        {
            using var scope = NewDisposeScope();
            Tensor inputs = Random(1, 5, 6), projection = Projection(3, 20, 6);
            Assert.InRange(Largest(SnnkMath.ReluFeatures(inputs * 3.5, projection) - 3.5 * SnnkMath.ReluFeatures(inputs, projection)), 0, 1e-12);
        }
    }

    public class Universal
    {
        [Theory]
        [InlineData(0)]
        [InlineData(0.05)]
        public void Cosine_and_sine_are_estimated_within_a_tenth(double variance)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(7);
            Tensor inputs = Unit(1, 3, 4), weights = Unit(2, 3, 4), bias = Random(3, 3), logits = inputs.matmul(weights.t()) + bias;
            var features = new UniversalFeatures(Projection(5, 100_000, 4), UniversalFeatures.TrigonometricFrequencies(100_000, generator), variance);
            Assert.InRange(Largest(features.Cosine(inputs, weights, bias) - logits.cos()), 0, 0.1);
            Assert.InRange(Largest(features.Sine(inputs, weights, bias) - logits.sin()), 0, 0.1);
        }

        [Fact]
        public void A_Gaussian_activation_is_estimated_from_its_transform()
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(9);
            // exp(-z²/2) has the transform √2π exp(-2π²ξ²).
            var (frequencies, coefficient) = UniversalFeatures.Sample(frequency => (Math.Sqrt(2 * Math.PI) * Math.Exp(-2 * Math.Pow(Math.PI * frequency, 2)), 0), 200_000, 1, generator);
            Tensor inputs = Unit(1, 3, 4) * 0.5, weights = Unit(2, 3, 4) * 0.5;
            var estimate = new UniversalFeatures(Projection(5, 200_000, 4), frequencies).Estimate(inputs, weights, null, coefficient);
            Assert.InRange(Largest(estimate - (-inputs.matmul(weights.t()).square() / 2).exp()), 0, 0.1);
        }
    }

    public class Layers
    {
        [Theory]
        [InlineData(true, 5)]
        [InlineData(true, 0)]
        public void An_adapter_begins_as_the_identity_and_trains_as_many_numbers_as_the_formula_says(bool isFresh, long hidden)
        {
            using var scope = NewDisposeScope();
            using var adapter = new SnnkAdapter(12, hidden, 9);
            var input = Random(1, 2, 3, 12).to(float32);
            Assert.Equal(isFresh, adapter.call(input).equal(input).all().item<bool>());
            Assert.Equal(hidden == 0 ? 12 * 9 + 12 : hidden * 9 + 12 * hidden + 12, adapter.parameters().Sum(parameter => parameter.numel()));
        }

        [Fact]
        public void The_other_start_does_something_at_once()
        {
            using var scope = NewDisposeScope();
            using var adapter = new SnnkAdapter(12, 5, 9, start: SnnkStart.Bert, hasNorm: true);
            var input = Random(1, 3, 12).to(float32);
            Assert.False(adapter.call(input).equal(input).all().item<bool>());
        }

        [Theory]
        [InlineData(false)]
        [InlineData(true)]
        public void Bundling_changes_nothing(bool hasBias)
        {
            using var scope = NewDisposeScope();
            using var layer = new SnnkLinear(7, 6, 10, hasBias: hasBias);
            var next = nn.Linear(6, 4);
            using (no_grad())
                layer.Bias?.copy_(rand(6));
            using var bundled = layer.Bundle(next);
            var input = Random(1, 5, 7).to(float32);
            Assert.True(bundled.call(input).allclose(next.call(layer.call(input)), rtol: 1e-5, atol: 1e-5));
            Assert.Equal(4 * 10 + 4, bundled.parameters().Sum(parameter => parameter.numel()));
            Assert.Throws<FrugalException>(() => layer.Bundle(nn.Linear(5, 4)));
        }

        [Fact]
        public void The_projection_is_kept_and_not_trained()
        {
            using var layer = new SnnkLinear(7, 6, 10);
            Assert.Equal(["weights"], layer.named_parameters().Select(own => own.name));
            Assert.Equal(["projection"], layer.named_buffers().Select(own => own.name));
        }
    }

    public class Closed_form
    {
        [Fact]
        public void The_gradient_of_the_ridge_loss_is_zero_at_the_solution_also_when_summed_over_batches()
        {
            using var scope = NewDisposeScope();
            Tensor features = Random(1, 60, 8), targets = Random(2, 60, 3);
            using var sums = new RidgeSums();
            sums.Add(features.narrow(0, 0, 25), targets.narrow(0, 0, 25));
            sums.Add(features.narrow(0, 25, 35), targets.narrow(0, 25, 35));
            var solution = sums.Solve(0.1).requires_grad_();
            var loss = (SnnkMath.WithOnes(features).matmul(solution) - targets).square().sum() + 0.1 * solution.narrow(0, 0, 8).square().sum();
            loss.backward();
            Assert.InRange(solution.grad!.norm().item<double>(), 0, 1e-8);
        }

        [Fact]
        public void Needs_an_example() => Assert.Throws<FrugalException>(() => new RidgeSums().Solve(1));
    }
}
