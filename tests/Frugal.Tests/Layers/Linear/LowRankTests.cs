using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers;

public class LowRankTests
{
    private static Tensor Matrix(long rows, long columns, ulong seed)
    {
        using var generator = new Generator(seed);
        return randn([rows, columns], float64, generator: generator);
    }

    private static double Distance(Tensor a, Tensor b) => (a - b).square().sum().sqrt().item<double>();

    public class Factoring
    {
        [Theory]
        [InlineData(6, 9, 2)]
        [InlineData(9, 6, 5)]
        [InlineData(7, 7, 1)]
        public void Error_is_the_root_of_the_discarded_energy(long rows, long columns, long rank)
        {
            using var scope = NewDisposeScope();
            var weight = Matrix(rows, columns, 1);
            var (up, down) = LowRankMath.Factor(weight, rank);
            var values = LowRankMath.SingularValues(weight);
            double discarded = values.narrow(0, rank, values.shape[0] - rank).square().sum().sqrt().item<double>();
            Assert.Equal(discarded, Distance(weight, up.matmul(down)), 1e-10);
        }

        [Fact]
        public void No_neighbouring_factors_are_nearer()
        {
            using var scope = NewDisposeScope();
            var weight = Matrix(6, 5, 2);
            var (up, down) = LowRankMath.Factor(weight, 2);
            double best = Distance(weight, up.matmul(down));
            for (ulong seed = 3; seed < 23; seed++)
                Assert.True(Distance(weight, (up + 0.01 * Matrix(6, 2, seed)).matmul(down + 0.01 * Matrix(2, 5, seed + 100))) > best);
        }

        [Fact]
        public void Is_a_fixed_point_on_matrices_of_that_rank()
        {
            using var scope = NewDisposeScope();
            var weight = Matrix(8, 3, 4).matmul(Matrix(3, 6, 5));
            var (up, down) = LowRankMath.Factor(weight, 3);
            Assert.True(Distance(weight, up.matmul(down)) < 1e-12 * weight.norm().item<double>());
        }

        [Fact]
        public void Ranks_beyond_the_matrix_give_it_back()
        {
            using var scope = NewDisposeScope();
            var weight = Matrix(3, 4, 6);
            var (up, down) = LowRankMath.Factor(weight, 7);
            Assert.Equal([3L, 7], up.shape);
            Assert.Equal([7L, 4], down.shape);
            Assert.True(Distance(weight, up.matmul(down)) < 1e-12);
        }

        [Fact]
        public void Both_factors_weigh_the_same()
        {
            using var scope = NewDisposeScope();
            var (up, down) = LowRankMath.Factor(Matrix(6, 9, 7), 4);
            Assert.True(up.square().sum([0]).allclose(down.square().sum([1])));
        }
    }

    public class Choosing
    {
        [Theory]
        [InlineData(0.5, 1)]
        [InlineData(0.64, 1)]
        [InlineData(0.65, 2)]
        [InlineData(0.98, 2)]
        [InlineData(1.0, 3)]
        public void The_smallest_rank_that_keeps_the_energy(double energy, long rank)
        {
            using var values = tensor(new[] { 8.0, 5.9, 1.0907 });
            Assert.Equal(rank, LowRankMath.RankForEnergy(values, energy));
        }

        [Fact]
        public void Nothing_but_zeros_has_rank_one()
        {
            using var values = zeros([4], float64);
            Assert.Equal(1, LowRankMath.RankForEnergy(values, 0.9));
        }

        [Theory]
        [InlineData(0)]
        [InlineData(1.01)]
        public void Other_shares_are_refused(double energy)
        {
            using var values = ones([4], float64);
            Assert.Throws<ArgumentOutOfRangeException>(() => LowRankMath.RankForEnergy(values, energy));
        }

        [Theory]
        [InlineData(10, 10)]
        [InlineData(768, 3072)]
        [InlineData(1, 5)]
        [InlineData(3, 6)]
        public void The_largest_rank_that_saves(long rows, long columns)
        {
            long rank = LowRankMath.LargestSavingRank(rows, columns);
            Assert.True(rank * (rows + columns) < rows * columns);
            Assert.True((rank + 1) * (rows + columns) >= rows * columns);
        }
    }

    public class LinearLayer
    {
        [Fact]
        public void At_full_rank_computes_what_the_dense_layer_does()
        {
            using var scope = NewDisposeScope();
            using var dense = Linear(6, 4);
            using var layer = LowRankLinear.Of(dense, 4);
            var input = rand(2, 3, 6);
            Assert.True(layer.call(input).allclose(dense.call(input), atol: 1e-5));
        }

        [Fact]
        public void Has_the_weights_it_says()
        {
            using var layer = new LowRankLinear(6, 4, 2);
            Assert.Equal(["down.weight", "up.weight", "up.bias"], layer.named_parameters().Select(p => p.name));
            Assert.Equal(2 * (6 + 4) + 4, layer.parameters().Sum(p => p.numel()));
        }

        [Fact]
        public void Keeps_the_absence_of_a_bias()
        {
            using var dense = Linear(6, 4, hasBias: false);
            using var layer = LowRankLinear.Of(dense, 2);
            Assert.False(layer.HasBias);
            Assert.Equal(2, layer.parameters().Count());
        }

        [Fact]
        public void Gradients_are_those_of_the_product()
        {
            using var scope = NewDisposeScope();
            using var layer = new LowRankLinear(5, 4, 2);
            layer.to(ScalarType.Float64);
            var parameters = layer.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            var (input, weight) = (Matrix(3, 5, 8), Matrix(3, 4, 9));
            (layer.call(input) * weight).sum().backward();
            var (up, down) = (parameters["up.weight"], parameters["down.weight"]);
            Assert.True(up.grad!.allclose(weight.t().matmul(input).matmul(down.t())));
            Assert.True(down.grad!.allclose(up.t().matmul(weight.t()).matmul(input)));
            Assert.True(parameters["up.bias"].grad!.allclose(weight.sum([0])));
        }

        [Fact]
        public void A_rank_of_zero_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new LowRankLinear(4, 4, 0));
    }

    public class ConvolutionLayer
    {
        [Theory]
        [InlineData(1, 1, 1)]
        [InlineData(2, 0, 1)]
        [InlineData(1, 2, 2)]
        public void At_full_rank_computes_what_the_dense_layer_does(long stride, long padding, long dilation)
        {
            using var scope = NewDisposeScope();
            using var dense = Conv2d(3, 5, 3, stride: stride, padding: padding, dilation: dilation);
            using var layer = LowRankConv2d.Of(dense, 5);
            var input = rand(2, 3, 9, 8);
            Assert.True(layer.call(input).allclose(dense.call(input), atol: 1e-5));
        }

        [Fact]
        public void Oblong_kernels_keep_their_shape()
        {
            using var scope = NewDisposeScope();
            using var dense = Conv2d(3, 5, (3, 1), padding: (1, 0), bias: false);
            using var layer = LowRankConv2d.Of(dense, 5);
            var input = rand(2, 3, 6, 6);
            Assert.True(layer.call(input).allclose(dense.call(input), atol: 1e-5));
            Assert.Equal([3L, 1], layer.KernelSize);
            Assert.False(layer.HasBias);
        }

        [Fact]
        public void Has_the_weights_it_says()
        {
            using var layer = new LowRankConv2d(6, 8, [3, 3], 2);
            Assert.Equal(["down.weight", "up.weight", "up.bias"], layer.named_parameters().Select(p => p.name));
            Assert.Equal(2 * (6 * 9 + 8) + 8, layer.parameters().Sum(p => p.numel()));
        }

        [Fact]
        public void Groups_are_refused()
        {
            using var grouped = Conv2d(4, 4, 3, groups: 2);
            Assert.False(LowRankConv2d.Fits(grouped));
            Assert.Throws<FrugalException>(() => LowRankConv2d.Of(grouped, 2));
        }

        [Fact]
        public void A_kernel_of_one_number_is_square()
        {
            using var layer = new LowRankConv2d(2, 2, [3], 1);
            Assert.Equal([3L, 3], layer.KernelSize);
        }

        [Theory]
        [InlineData]
        [InlineData(0L)]
        [InlineData(3L, 3L, 3L)]
        public void Other_kernels_are_refused(params long[] kernel) =>
            Assert.Contains("one or two numbers", Assert.Throws<ArgumentOutOfRangeException>(() => new LowRankConv2d(2, 2, kernel, 1)).Message, StringComparison.Ordinal);
    }
}
