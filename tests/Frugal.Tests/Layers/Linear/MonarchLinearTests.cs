using Frugal.Interop;
using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class MonarchLinearTests
{
    private static MonarchLinear Layer(long inFeatures, long outFeatures, int numBlocks = 4, bool hasBias = true)
    {
        using var generator = new Generator(7);
        return MonarchLinear.Create(inFeatures, outFeatures, numBlocks, hasBias, generator);
    }

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, generator: generator);
    }

    [Theory]
    [InlineData("linear_24_36")]
    [InlineData("linear_30_14")]
    [InlineData("project_16")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "monarch", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    public class Forward
    {
        [Theory]
        [InlineData(24, 36, 4, true)]
        [InlineData(30, 14, 4, true)]
        [InlineData(30, 14, 4, false)]
        [InlineData(7, 5, 8, true)]
        [InlineData(12, 12, 1, true)]
        public void Is_the_dense_layer_of_its_weight_for_any_leading_axes(long inFeatures, long outFeatures, int numBlocks, bool hasBias)
        {
            using var scope = NewDisposeScope();
            using var layer = Layer(inFeatures, outFeatures, numBlocks, hasBias);
            foreach (long[] leading in new long[][] { [], [3], [2, 3], [0], [2, 1, 2] })
            {
                var input = Random(1, [.. leading, inFeatures]);
                var expected = nn.functional.linear(input, layer.DenseWeight(), layer.Bias);
                var output = layer.call(input);
                Assert.Equal([.. leading, outFeatures], output.shape);
                Assert.True(output.is_contiguous());
                Assert.True(allclose(output, expected, rtol: 1e-5, atol: 1e-5));
            }
        }

        [Fact]
        public void Takes_inputs_that_lie_transposed_in_memory()
        {
            using var scope = NewDisposeScope();
            using var layer = Layer(24, 36);
            var input = Random(1, 24, 5).t();
            Assert.True(allclose(layer.call(input), layer.call(input.contiguous()), rtol: 1e-6, atol: 1e-6));
        }

        [Fact]
        public void Another_width_is_refused_even_where_the_elements_would_fit()
        {
            using var scope = NewDisposeScope();
            using var layer = Layer(8, 8);
            var error = Assert.Throws<FrugalException>(() => layer.call(Random(1, 2, 12)));
            Assert.Contains("width 8", error.Message, StringComparison.Ordinal);
            Assert.Contains("[2, 12]", error.Message, StringComparison.Ordinal);
        }
    }

    public class Gradient
    {
        [Fact]
        public void Agrees_with_differences_of_the_output()
        {
            using var scope = NewDisposeScope();
            using var layer = Layer(10, 7, 3);
            layer.to(float64);
            Tensor input = Random(1, 4, 10).to(float64), weights = Random(2, 4, 7).to(float64);
            (layer.call(input) * weights).sum().backward();
            foreach (var (name, parameter) in layer.named_parameters())
            {
                const double step = 1e-6;
                for (long i = 0; i < parameter.numel(); i += 3)
                {
                    double difference = (Loss(i, step) - Loss(i, -step)) / (2 * step);
                    Assert.True(Math.Abs(difference - parameter.grad!.reshape(-1)[i].item<double>()) < 1e-7, $"{name}[{i}]");
                }

                double Loss(long index, double change)
                {
                    using var mode = no_grad();
                    var entry = parameter.view(-1)[index];
                    entry.add_(change);
                    double loss = (layer.call(input) * weights).sum().item<double>();
                    entry.add_(-change);
                    return loss;
                }
            }
        }

        [Fact]
        public void Of_what_only_padding_and_cut_outputs_touch_is_zero()
        {
            using var scope = NewDisposeScope();
            // 5 inputs fill 6 places and 5 outputs are cut from 6: block 2 has one column, and slice row 5 goes, that are never used.
            using var layer = Layer(5, 5, 3);
            layer.call(Random(1, 4, 5)).square().sum().backward();
            var gradients = layer.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter.grad!);
            Assert.Equal(0, gradients["blkdiag1"][2, TensorIndex.Colon, 1].abs().max().item<float>());
            Assert.Equal(0, gradients["blkdiag2"][2, 1].abs().max().item<float>());
            Assert.True(gradients["blkdiag1"][2, TensorIndex.Colon, 0].abs().max().item<float>() > 0);
            Assert.True(gradients["blkdiag2"][2, 0].abs().max().item<float>() > 0);
        }
    }

    public class Weights
    {
        [Fact]
        public void Have_the_names_and_shapes_of_the_authors_code() =>
            Assert.Equal(
                ["bias: 14", "blkdiag1: 4x4x8", "blkdiag2: 4x4x4"],
                Layer(30, 14).state_dict().Select(weight => $"{weight.Key}: {string.Join('x', weight.Value.shape)}").Order(StringComparer.Ordinal));

        [Fact]
        public void Fresh_ones_fill_their_interval_and_no_more()
        {
            using var scope = NewDisposeScope();
            using var layer = Layer(256, 128, 4);
            foreach (var (name, parameter) in layer.named_parameters())
            {
                double bound = 1 / Math.Sqrt(name == "bias" ? 128 : parameter.shape[^1]);
                Assert.InRange(parameter.abs().max().item<float>(), 0.95 * bound, bound);
                Assert.InRange(parameter.mean().item<float>(), -0.3 * bound, 0.3 * bound);
            }
        }

        [Fact]
        public void Outlive_the_scope_they_were_made_in()
        {
            MonarchLinear layer, projected;
            using (NewDisposeScope())
            {
                layer = new MonarchLinear(8, 8, 2);
                projected = MonarchLinear.Project(ones(8, 8), null, 2);
            }
            using var scope = NewDisposeScope();
            using (layer)
            using (projected)
                Assert.Equal(layer.call(ones(1, 8)).shape, projected.call(ones(1, 8)).shape);
        }

        [Theory]
        [InlineData(0, 4, 4, "inFeatures")]
        [InlineData(4, 0, 4, "outFeatures")]
        [InlineData(4, 4, 0, "numBlocks")]
        public void Sizes_out_of_range_are_refused_by_name(long inFeatures, long outFeatures, int numBlocks, string name) =>
            Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(() => new MonarchLinear(inFeatures, outFeatures, numBlocks)).ParamName);
    }

    public class Project
    {
        [Fact]
        public void Finds_a_padded_layer_again()
        {
            using var scope = NewDisposeScope();
            using var layer = Layer(30, 14);
            using var found = MonarchLinear.Project(layer.DenseWeight(), layer.Bias, 4);
            Assert.True(allclose(found.DenseWeight(), layer.DenseWeight(), rtol: 1e-5, atol: 1e-6));
            Assert.Equal(layer.Bias!.data<float>().ToArray(), found.Bias!.data<float>().ToArray());
        }
    }
}
