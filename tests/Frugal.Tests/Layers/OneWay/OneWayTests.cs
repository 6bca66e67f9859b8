using Frugal.Compression;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers;

public class OneWayTests
{
    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: float64, generator: generator);
    }

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();

    [Theory]
    [InlineData("layers")]
    [InlineData("layers_stride2")]
    [InlineData("wave")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "a-priori-compression", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    public class Filters
    {
        [Theory]
        [InlineData(1, 1, 0, 1)]
        [InlineData(3, 2, 1, 2)]
        [InlineData(2, 1, 2, 3)]
        public void One_after_another_are_the_composed_kernel_in_the_plane(long rank, long down, long padding, long across)
        {
            using var scope = NewDisposeScope();
            Tensor vertical = Random(1, 4, 3, rank, 3), horizontal = Random(2, 4, 3, rank, 5), input = Random(3, 2, 3, 9, 8);
            var dense = functional.conv2d(input, OneWayMath.TwoWay(vertical, horizontal), null, [down, across], [padding, padding]);
            Assert.True(Difference(OneWayFilters.TwoWay(input, vertical, horizontal, [down, across], [padding, padding]), dense) < 1e-10);
            Tensor channel = Random(4, 4, rank, 3), v = Random(5, 4, rank, 3), h = Random(6, 4, rank, 5);
            var shared = functional.conv2d(input, OneWayMath.Shared(channel, v, h), null, [down, across], [padding, padding]);
            Assert.True(Difference(OneWayFilters.Shared(input, channel, v, h, [down, across], [padding, padding]), shared) < 1e-10);
        }

        [Theory]
        [InlineData(1, 1, 0)]
        [InlineData(2, 2, 1)]
        public void One_after_another_are_the_composed_kernel_in_space_and_time(long rank, long stride, long padding)
        {
            using var scope = NewDisposeScope();
            Tensor time = Random(1, 3, 2, rank, 3), vertical = Random(2, 3, 2, rank, 2), horizontal = Random(3, 3, 2, rank, 4), input = Random(4, 2, 2, 5, 6, 7);
            var dense = functional.conv3d(input, OneWayMath.ThreeWay(time, vertical, horizontal), null, [1, stride, 1], [padding, 0, padding]);
            Assert.True(Difference(OneWayFilters.ThreeWay(input, time, vertical, horizontal, [1, stride, 1], [padding, 0, padding]), dense) < 1e-10);
        }

        [Fact]
        public void Have_the_gradients_of_the_composed_kernel()
        {
            using var scope = NewDisposeScope();
            Tensor Gradient(Func<Tensor, Tensor, Tensor> run)
            {
                Tensor vertical = Random(1, 2, 3, 2, 3).requires_grad_(), horizontal = Random(2, 2, 3, 2, 3).requires_grad_();
                var output = run(vertical, horizontal);
                (output * Random(3, output.shape)).sum().backward();
                return cat([vertical.grad!.flatten(), horizontal.grad!.flatten()]);
            }
            var input = Random(4, 2, 3, 6, 6);
            Assert.True(Difference(
                Gradient((v, h) => functional.conv2d(input, OneWayMath.TwoWay(v, h))), Gradient((v, h) => OneWayFilters.TwoWay(input, v, h, [1, 1], [0, 0]))) < 1e-10);
        }
    }

    public class Kernels
    {
        [Fact]
        public void Have_no_higher_rank_than_terms_along_any_axis()
        {
            using var scope = NewDisposeScope();
            Assert.Equal(2, linalg.matrix_rank(OneWayMath.TwoWay(Random(1, 1, 1, 2, 5), Random(2, 1, 1, 2, 5))[0, 0]).ToInt64());
            var kernel = OneWayMath.ThreeWay(Random(1, 1, 1, 2, 4), Random(2, 1, 1, 2, 5), Random(3, 1, 1, 2, 6))[0, 0];
            for (int axis = 0; axis < 3; axis++)
                Assert.Equal(2, linalg.matrix_rank(kernel.movedim([axis], [0]).flatten(1)).ToInt64());
        }

        [Fact]
        public void Do_not_change_when_a_factor_moves_from_one_filter_to_another()
        {
            using var scope = NewDisposeScope();
            Tensor time = Random(1, 2, 2, 2, 3), vertical = Random(2, 2, 2, 2, 3), horizontal = Random(3, 2, 2, 2, 3);
            Assert.True(Difference(OneWayMath.ThreeWay(time * 4, vertical / 4, horizontal), OneWayMath.ThreeWay(time, vertical, horizontal)) < 1e-12);
        }

        [Theory]
        [InlineData(3)]
        [InlineData(1)]
        public void Of_a_dense_one_lose_what_its_other_singular_values_hold(long rank)
        {
            using var scope = NewDisposeScope();
            var dense = Random(7, 3, 2, 3, 5);
            var (vertical, horizontal) = OneWayMath.OfDense(dense, rank);
            var values = linalg.svdvals(dense);
            double lost = values.narrow(-1, rank, 3 - rank).square().sum().sqrt().ToDouble();
            Assert.Equal(lost, (OneWayMath.TwoWay(vertical, horizontal) - dense).norm().ToDouble(), 1e-10);
        }

        [Fact]
        public void Of_a_dense_one_in_space_and_time_are_exact_at_full_ranks()
        {
            using var scope = NewDisposeScope();
            var dense = Random(8, 2, 3, 3, 4, 2);
            var (time, vertical, horizontal) = OneWayMath.OfDense(dense, 3, 2);
            Assert.True(Difference(OneWayMath.ThreeWay(time, vertical, horizontal), dense) < 1e-12);
        }
    }

    [Fact]
    public void Layers_hold_as_many_numbers_as_the_formulas_say_and_begin_at_the_variance_of_a_dense_one()
    {
        using var scope = NewDisposeScope();
        var two = new OneWayConv2d(32, 64, [7], rank: 2);
        var shared = new SharedOneWayConv2d(32, 64, [7], rank: 2);
        var three = new OneWayConv3d(16, 32, [3, 5, 5], rank: 2);
        Assert.Equal(64 * 32 * 2 * 14, two.FilterNumbers);
        Assert.Equal(64 * 2 * (32 + 14), shared.FilterNumbers);
        Assert.Equal(32 * 16 * 2 * 13, three.FilterNumbers);
        Assert.Equal(two.FilterNumbers + 64, two.parameters().Sum(parameter => parameter.numel()));
        Assert.Equal(1.0 / (32 * 49), two.Kernel().square().mean().ToDouble(), 0.1 / (32 * 49));
        Assert.Equal(1.0 / (32 * 49), shared.Kernel().square().mean().ToDouble(), 0.4 / (32 * 49));
        Assert.Equal(1.0 / (16 * 75), three.Kernel().square().mean().ToDouble(), 0.2 / (16 * 75));
    }

    public class Replacing
    {
        private static readonly ConvNetConfig net = new() { Channels = [8, 16] };

        [Fact]
        public void At_the_rank_of_the_kernels_changes_nothing()
        {
            using var scope = NewDisposeScope();
            var dense = Conv2d(3, 5, (7, 5), stride: (2, 1), padding: (3, 2));
            var input = rand(2, 3, 12, 12);
            Assert.True(OneWayConv2d.Of(dense, 5).call(input).allclose(dense.call(input), 1e-4, 1e-5));
        }

        [Fact]
        public void Makes_small_kernels_smaller_at_rank_one_only()
        {
            using var subject = TinySubject.Of(net);
            long before = subject.Model.parameters().Sum(parameter => parameter.numel());
            string message = Assert.Throws<FrugalException>(() => new OneWay { Rank = 2 }.Apply(subject)).Message;
            Assert.Contains("'stages.conv1' has 3x3", message, StringComparison.Ordinal);
            new OneWay().Apply(subject);
            Assert.IsType<OneWayConv2d>(ModuleSurgery.Find(subject.Model, "stages.conv2"));
            Assert.True(subject.Model.parameters().Sum(parameter => parameter.numel()) < before);
        }

        [Fact]
        public void With_fresh_filters_does_not_depend_on_the_trained_kernels()
        {
            using var first = TinySubject.Of(net);
            using var second = TinySubject.Of(net);
            using (var frozen = no_grad())
                second.Model.get_parameter("stages.conv2.weight")!.mul_(3);
            foreach (var subject in new[] { first, second })
                new OneWay { Init = FactorStart.Fresh }.Apply(subject);
            Assert.True(first.Model.get_parameter("stages.conv2.vertical")!.allclose(second.Model.get_parameter("stages.conv2.vertical")!, 0, 0));
        }
    }
}
