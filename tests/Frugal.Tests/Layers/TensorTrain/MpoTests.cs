using Frugal.Interop;
using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class MpoTests
{
    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: float64, generator: generator);
    }

    private static double Largest(Tensor difference) => difference.abs().max().item<double>();

    private static readonly MpoShape[] shapes = [new([4, 6], [5, 4]), new([3, 2, 4], [2, 3, 3]), new([5], [7]), new([2, 3, 2, 2], [3, 2, 2, 2])];

    public static IEnumerable<TheoryDataRow<int>> Shapes => Enumerable.Range(0, shapes.Length).Select(i => new TheoryDataRow<int>(i));

    [Theory]
    [InlineData("mpo2")]
    [InlineData("mpo3")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "compactifai", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    public class Decomposition
    {
        [Theory]
        [MemberData(nameof(Shapes), MemberType = typeof(MpoTests))]
        public void At_full_bond_is_exact(int index)
        {
            using var scope = NewDisposeScope();
            var shape = shapes[index];
            var weight = Random(1, shape.Out, shape.In);
            Assert.InRange(Largest(MpoMath.DenseWeight(MpoMath.Decompose(weight, shape, shape.FullBond).Cores) - weight), 0, 1e-10);
        }

        [Theory]
        [MemberData(nameof(Shapes), MemberType = typeof(MpoTests))]
        public void The_squared_error_is_the_sum_of_what_was_discarded_and_falls_with_the_bond(int index)
        {
            using var scope = NewDisposeScope();
            var shape = shapes[index];
            var weight = Random(2, shape.Out, shape.In);
            double before = double.PositiveInfinity;
            for (long bond = 1; bond <= shape.FullBond; bond++)
            {
                var found = MpoMath.Decompose(weight, shape, bond);
                double squared = (weight - MpoMath.DenseWeight(found.Cores)).square().sum().item<double>();
                Assert.Equal(squared, found.Discarded.Sum(), 1e-9);
                Assert.True(squared <= before + 1e-9);
                Assert.Equal(shape.NumParameters(bond), found.Cores.Sum(core => core.numel()));
                before = squared;
            }
        }

        [Fact]
        public void Cores_before_the_last_have_orthonormal_columns()
        {
            using var scope = NewDisposeScope();
            var shape = shapes[1];
            foreach (var core in MpoMath.Decompose(Random(3, shape.Out, shape.In), shape, 4).Cores.SkipLast(1))
            {
                var columns = core.flatten(0, 2);
                Assert.InRange(Largest(columns.t().matmul(columns) - eye(columns.shape[1], dtype: float64)), 0, 1e-12);
            }
        }

        [Fact]
        public void A_Kronecker_product_needs_a_bond_of_one()
        {
            using var scope = NewDisposeScope();
            Tensor a = Random(4, 4, 5), b = Random(5, 6, 4);
            var kronecker = (a.unsqueeze(1).unsqueeze(3) * b.unsqueeze(0).unsqueeze(2)).reshape(24, 20);
            Assert.InRange(MpoMath.Decompose(kronecker, new([4, 6], [5, 4]), 1).Error, 0, 1e-10);
        }

        [Fact]
        public void Spreading_norms_leaves_the_weight_and_makes_them_equal()
        {
            using var scope = NewDisposeScope();
            var cores = MpoMath.Decompose(Random(6, 24, 18), shapes[1], 3).Cores;
            var spread = MpoMath.SpreadNorms(cores);
            Assert.InRange(Largest(MpoMath.DenseWeight(spread) - MpoMath.DenseWeight(cores)), 0, 1e-12);
            Assert.All(spread, core => Assert.Equal(spread[0].norm().item<double>(), core.norm().item<double>(), 1e-9));
        }

        [Theory]
        [InlineData(0)]
        [InlineData(0.3)]
        [InlineData(0.8)]
        public void The_bond_for_an_error_is_the_smallest_that_keeps_it(double tolerance)
        {
            using var scope = NewDisposeScope();
            var shape = shapes[0];
            var weight = Random(7, shape.Out, shape.In);
            double allowed = tolerance * weight.norm().item<double>() + 1e-12;
            long bond = MpoMath.BondFor(weight, shape, tolerance);
            Assert.True(bond == shape.FullBond || MpoMath.Decompose(weight, shape, bond).Error <= allowed);
            Assert.True(bond == 1 || MpoMath.Decompose(weight, shape, bond - 1).Error > allowed);
        }

        [Fact]
        public void A_weight_of_other_sizes_is_refused()
        {
            using var scope = NewDisposeScope();
            Assert.Contains("[24, 20]", Assert.Throws<FrugalException>(() => MpoMath.Decompose(Random(1, 24, 21), shapes[0], 2)).Message, StringComparison.Ordinal);
        }
    }

    public class Application
    {
        [Theory]
        [MemberData(nameof(Shapes), MemberType = typeof(MpoTests))]
        public void Both_orders_equal_the_dense_product_with_its_gradients(int index)
        {
            using var scope = NewDisposeScope();
            var shape = shapes[index];
            var bonds = shape.Bonds(3);
            Tensor[] cores = [.. Enumerable.Range(0, shape.Count).Select(k => Random((ulong)k, bonds[k], shape.OutDims[k], shape.InDims[k], bonds[k + 1]).requires_grad_())];
            Tensor input = Random(9, 5, shape.In), weights = Random(10, 5, shape.Out);
            Tensor[] Gradients(Func<Tensor> output)
            {
                foreach (var core in cores)
                    core.grad = null;
                (output() * weights).sum().backward();
                return [.. cores.Select(core => core.grad!.clone())];
            }
            var dense = Gradients(() => input.matmul(MpoMath.DenseWeight(cores).t()));
            foreach (bool fromFirst in new[] { true, false })
            {
                Assert.InRange(Largest(MpoMath.Multiply(input, cores, fromFirst) - input.matmul(MpoMath.DenseWeight(cores).t())), 0, 1e-10);
                Assert.All(dense.Zip(Gradients(() => MpoMath.Multiply(input, cores, fromFirst))), pair => Assert.InRange(Largest(pair.First - pair.Second), 0, 1e-10));
            }
        }

        [Fact]
        public void Operations_are_counted_as_the_formula_says()
        {
            var shape = new MpoShape([4, 6], [5, 3]);
            Assert.Equal(7 * 4 * 5 * 3 + 7 * 4 * 6 * 3, shape.MacsPerRow([1, 7, 1], fromFirst: true));
            Assert.Equal(7 * 6 * 3 * 5 + 7 * 6 * 4 * 5, shape.MacsPerRow([1, 7, 1], fromFirst: false));
        }
    }

    public class Shape
    {
        [Fact]
        public void The_paper_s_example_has_its_parameters()
        {
            var shape = MpoShape.Of(216, 216, 3);
            Assert.Equal([6L, 6, 6], shape.OutDims);
            Assert.Equal(4320, shape.NumParameters(10));
        }

        [Theory]
        [InlineData(768, 2, 24, 32)]
        [InlineData(256, 2, 16, 16)]
        [InlineData(10, 2, 2, 5)]
        [InlineData(7, 2, 2, 4)]
        [InlineData(257, 2, 6, 43)]
        [InlineData(1, 2, 2, 2)]
        public void Factors_are_as_equal_as_can_be_and_primes_are_filled_up(long size, int count, long first, long second) => Assert.Equal([first, second], MpoShape.Of(size, 8, count).OutDims);

        [Fact]
        public void The_larger_factor_of_one_side_meets_the_smaller_of_the_other()
        {
            var shape = MpoShape.Of(3072, 768, 2);
            Assert.Equal([48L, 64], shape.OutDims);
            Assert.Equal([32L, 24], shape.InDims);
        }

        [Fact]
        public void The_largest_bond_stays_within_the_budget()
        {
            var shape = MpoShape.Of(256, 256, 2);
            long bond = shape.LargestBond(0.25 * 256 * 256);
            Assert.Equal(32, bond);
            Assert.Equal(0, shape.LargestBond(10));
        }
    }

    public class Layer
    {
        [Theory]
        [InlineData(24, 36, 3, 2)]
        [InlineData(13, 7, 2, 2)]
        [InlineData(30, 14, 4, 3)]
        [InlineData(12, 12, 200, 2)]
        [InlineData(9, 5, 1, 1)]
        public void Is_the_dense_layer_of_its_weight_for_any_leading_axes(long inFeatures, long outFeatures, long bond, int numCores)
        {
            using var scope = NewDisposeScope();
            using var layer = new MpoLinear(inFeatures, outFeatures, bond, numCores);
            foreach (long[] leading in new long[][] { [], [3], [2, 3] })
            {
                var input = Random(1, [.. leading, inFeatures]).to(float32);
                Assert.True(layer.call(input).allclose(nn.functional.linear(input, layer.DenseWeight(), layer.Bias), rtol: 1e-4, atol: 1e-5));
            }
        }

        [Fact]
        public void At_full_bond_it_computes_what_the_dense_one_did()
        {
            using var scope = NewDisposeScope();
            var linear = nn.Linear(13, 22);
            using var layer = MpoLinear.Of(linear, 4096);
            var input = Random(1, 4, 13).to(float32);
            Assert.True(layer.call(input).allclose(linear.call(input), rtol: 1e-4, atol: 1e-5));
        }

        [Fact]
        public void Moving_to_another_type_moves_the_cores()
        {
            using var scope = NewDisposeScope();
            using var layer = new MpoLinear(12, 6, 2);
            layer.to(float64);
            Assert.Equal(float64, layer.call(Random(1, 3, 12)).dtype);
        }

        [Fact]
        public void Fresh_weights_have_the_variance_of_a_linear_layer()
        {
            using var scope = NewDisposeScope();
            using var layer = new MpoLinear(256, 256, 32);
            Assert.InRange(layer.DenseWeight().var().item<float>() * 3 * 256, 0.7, 1.4);
        }
    }
}
