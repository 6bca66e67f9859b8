using Frugal.Interop;
using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers;

public class KanLayerTests
{
    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, generator: generator);
    }

    private static double Largest(Tensor difference) => difference.abs().max().ToDouble();

    private static readonly KanFamily[] all = Enum.GetValues<KanFamily>();

    /// <summary>A layer in double precision whose gates and wavelets are not at their start.</summary>
    private static KanLinear Mixed(long inputs, long outputs, params IReadOnlyList<KanFamily> pool)
    {
        random.manual_seed(3);
        var layer = new KanLinear(inputs, outputs, pool);
        layer.to(float64);
        Stir(layer);
        return layer;
    }

    private static void Stir(KanLayer layer)
    {
        using var mode = no_grad();
        layer.get_parameter("gate")!.normal_();
        layer.get_parameter("bias")!.normal_();
        layer.get_parameter("wav_translation")?.normal_(0, 0.3);
        layer.get_parameter("wav_scale")?.uniform_(0.3, 1.5);
    }

    [Theory]
    [InlineData("bases")]
    [InlineData("layer")]
    [InlineData("conv")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "s-kan", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    public class Bases
    {
        [Theory]
        [InlineData(5, 3)]
        [InlineData(1, 0)]
        [InlineData(8, 4)]
        public void Splines_sum_to_1_on_the_grid_and_are_0_outside_all_knots(int gridSize, int order)
        {
            using var scope = NewDisposeScope();
            var grid = KanMath.UniformGrid(gridSize, order).to(float64);
            var inside = KanMath.BSplines(linspace(-1, 1 - 1e-9, 101, float64), grid, order);
            Assert.Equal(gridSize + order, inside.shape[1]);
            Assert.InRange(Largest(inside.sum(1) - 1), 0, 1e-6);
            Assert.True(inside.ge(-1e-15).all().item<bool>());
            double end = 1 + order * 2.0 / gridSize;
            Assert.Equal(0, Largest(KanMath.BSplines(tensor([-end - 0.01, end + 1e-5, 100], float64), grid, order)));
        }

        [Fact]
        public void Splines_of_order_0_hold_the_left_ends_of_their_intervals()
        {
            using var scope = NewDisposeScope();
            var values = KanMath.BSplines(tensor([-1.0, 0, 1], float64), tensor([-1.0, 0, 1], float64), 0);
            Assert.Equal([1.0, 0, 0, 1, 0, 0], values.data<double>().ToArray());
        }

        [Fact]
        public void Chebyshev_polynomials_are_cosines_of_multiples_and_have_gradients_at_the_ends()
        {
            using var scope = NewDisposeScope();
            var angle = linspace(0, Math.PI, 50, float64);
            var expected = (angle.unsqueeze(1) * arange(0, 7, dtype: float64)).cos();
            Assert.InRange(Largest(KanMath.Chebyshev(angle.cos(), 6) - expected), 0, 1e-12);
            var ends = tensor([-1.0, 1, -3, 3], float64).requires_grad_();
            KanMath.Chebyshev(ends, 4).sum().backward();
            // The sum of n² for n to 4, with alternating signs at -1; nothing beyond.
            Assert.Equal([-1 + 4 - 9 + 16.0, 30, 0, 0], ends.grad!.data<double>().ToArray().Select((value, i) => i == 0 ? -value : value).ToArray().Select(value => Math.Round(value, 9)));
        }

        [Fact]
        public void Jacobi_polynomials_are_orthogonal_under_their_weight()
        {
            using var scope = NewDisposeScope();
            var z = linspace(-1 + 1e-6, 1 - 1e-6, 20_001, float64);
            var values = KanMath.Jacobi(z.atanh(), 4);
            var products = (values * (1 - z.square()).unsqueeze(1)).t().matmul(values) * 1e-4;
            Assert.InRange(Largest(products - products.diagonal().diag()), 0, 1e-3);
        }

        [Fact]
        public void Bumps_of_ReLU_peak_at_1_between_their_ends()
        {
            using var scope = NewDisposeScope();
            var (low, high) = KanMath.ReluEnds(5, 3);
            var values = KanMath.Relu((low + high) / 2, low, high, 5, 3);
            Assert.InRange(Largest(values.diagonal() - 1), 0, 1e-5);
            Assert.Equal(0, Largest(KanMath.Relu(low, low, high, 5, 3).diagonal()));
        }

        [Theory]
        [InlineData(KanWavelet.MexicanHat)]
        [InlineData(KanWavelet.Dog)]
        public void Wavelets_have_no_mean(KanWavelet wavelet)
        {
            using var scope = NewDisposeScope();
            var x = linspace(-12, 12, 4001, float64).unsqueeze(1);
            Assert.InRange(Largest(KanMath.Wavelets(x, tensor(0.5, float64).view(1, 1), tensor(1.3, float64).view(1, 1), wavelet).mean()), 0, 1e-10);
        }
    }

    public class Forward
    {
        [Fact]
        public void Is_the_sum_over_edges_of_the_formula()
        {
            using var scope = NewDisposeScope();
            var layer = Mixed(3, 2, all);
            Tensor rows = Random(1, 5, 3).to(float64), expected = zeros(5, 2, float64), gates = layer.Gates();
            for (long o = 0; o < 2; o++)
            {
                for (long i = 0; i < 3; i++)
                {
                    var edge = layer.get_parameter("base_weight")![o, i] * functional.silu(rows[TensorIndex.Colon, i]);
                    for (int k = 0; k < all.Length; k++)
                        edge += gates[i, k] * layer.Nodes.Edges(all[k], rows, i, 1)[0][TensorIndex.Colon, o];
                    expected[TensorIndex.Colon, o] += edge;
                }
            }
            Assert.InRange(Largest(layer.call(rows) - expected - layer.get_parameter("bias")!), 0, 1e-10);
        }

        [Fact]
        public void Of_one_family_has_gate_1_and_gates_sum_to_their_scale()
        {
            using var scope = NewDisposeScope();
            Assert.Equal(0, Largest(new KanLinear(4, 2, [KanFamily.Rbf]).Gates() - 1));
            Assert.InRange(Largest(Mixed(4, 2, KanFamily.Rbf, KanFamily.Bspline, KanFamily.Relu).Gates().sum(1) - 3), 0, 1e-12);
            var scaled = new KanLinear(4, 2, gateScale: 1.5);
            Stir(scaled);
            Assert.InRange(Largest(scaled.Gates().sum(1) - 1.5), 0, 1e-5);
        }

        [Fact]
        public void Has_the_gradients_of_differences()
        {
            using var scope = NewDisposeScope();
            var layer = Mixed(2, 2, all);
            // Nothing at a knot, a clamp or a bend.
            var input = tensor([0.31, -0.47, 0.13, 0.77], [2, 2], float64);
            layer.call(input).sum().backward();
            foreach (var (name, parameter) in layer.named_parameters())
            {
                var flat = parameter.detach().view(-1);
                double at = flat[0].item<double>();
                double Output(double value)
                {
                    using var mode = no_grad();
                    flat[0] = value;
                    return layer.call(input).sum().item<double>();
                }

                double slope = (Output(at + 1e-6) - Output(at - 1e-6)) / 2e-6;
                Output(at);
                Assert.Equal(slope, parameter.grad!.view(-1)[0].item<double>(), 1e-6);
            }
        }

        [Fact]
        public void Begins_with_splines_through_little_noise()
        {
            using var scope = NewDisposeScope();
            var layer = new KanLinear(3, 200, [KanFamily.Bspline], gridSize: 5, hasBase: false, hasBias: false);
            var knots = linspace(-1, 1, 6, float32).unsqueeze(1).expand(6, 3);
            var values = layer.Nodes.Edges(KanFamily.Bspline, knots, 0, 3);
            Assert.InRange(values.abs().max().ToDouble(), 0.005, 0.0101);
            Assert.Equal(0.1 / 5 / Math.Sqrt(12), values.std().ToDouble(), 5e-4);
        }

        [Fact]
        public void Keeps_wavelets_from_becoming_too_narrow()
        {
            using var scope = NewDisposeScope();
            var layer = new KanLinear(2, 2, [KanFamily.Wavelet]);
            using (no_grad())
                layer.get_parameter("wav_scale")!.fill_(-1f);
            layer.eval();
            var evaluated = layer.call(Random(1, 4, 2));
            Assert.Equal(-1, layer.get_parameter("wav_scale")!.min().item<float>());
            layer.train();
            Assert.Equal(0, Largest(layer.call(Random(1, 4, 2)) - evaluated));
            Assert.Equal(0.05f, layer.get_parameter("wav_scale")!.min().item<float>());
        }

        [Fact]
        public void Normalises_before_the_functions_when_asked()
        {
            using var scope = NewDisposeScope();
            var layer = new KanLinear(3, 2, hasNorm: true);
            var rows = layer.Rows(Random(1, 200, 3) * 7 + 20);
            Assert.InRange(Largest(rows.mean([0])), 0, 1e-5);
            Assert.InRange(Largest(rows.std(0, unbiased: false) - 0.5), 0, 1e-4);
        }

        [Fact]
        public void Refuses_inputs_of_another_width()
        {
            Assert.Contains("width 3", Assert.Throws<FrugalException>(() => new KanLinear(3, 2).call(zeros(2, 4))).Message, StringComparison.Ordinal);
            Assert.Contains("[batch, 3", Assert.Throws<FrugalException>(() => new KanConv2d(3, 2, [3]).call(zeros(2, 4, 5, 5))).Message, StringComparison.Ordinal);
        }
    }

    public class Choosing
    {
        [Theory]
        [InlineData(false)]
        [InlineData(true)]
        public void Then_folding_and_pruning_leaves_outputs_alone(bool isConvolution)
        {
            using var scope = NewDisposeScope();
            random.manual_seed(5);
            KanLayer layer = isConvolution ? new KanConv2d(2, 3, [3, 2], [2, 1], [1], pool: all, hasScaler: true, hasNorm: true) : new KanLinear(9, 3, all, hasScaler: true, hasNorm: true);
            Stir(layer);
            var input = isConvolution ? Random(1, 4, 2, 7, 6) : Random(1, 30, 9);
            layer.call(input);
            layer.eval();
            layer.Select(layer.Choose(KanSelectionRule.Gate, layer.Rows(input)));
            var masked = layer.call(input);
            var pruned = layer.Pruned();
            double rounding = 1e-6 * Math.Max(1, Largest(masked));
            Assert.InRange(Largest(pruned.call(input) - masked), 0, rounding);
            Assert.Equal(layer.NumInputs, pruned.Families!.Count);
            layer.Fold();
            Assert.InRange(Largest(layer.call(input) - masked), 0, rounding);
            Assert.InRange(Largest(layer.Pruned().call(input) - masked), 0, rounding);
            Assert.True(pruned.parameters().Sum(own => own.numel()) < layer.parameters().Sum(own => own.numel()) / 3);
        }

        [Fact]
        public void By_gates_that_are_far_apart_changes_nothing_and_ties_go_to_the_first()
        {
            using var scope = NewDisposeScope();
            var layer = Mixed(4, 3, all);
            var rows = Random(1, 20, 4).to(float64);
            using (no_grad())
                layer.get_parameter("gate")!.mul_(200);
            var full = layer.call(rows);
            layer.Select(layer.Choose(KanSelectionRule.Gate, rows));
            Assert.InRange(Largest(layer.call(rows) - full), 0, 1e-6);
            var fresh = new KanLinear(4, 3);
            Assert.Equal(0, fresh.Choose(KanSelectionRule.Gate, rows).Chosen.max().item<long>());
        }

        [Theory]
        [InlineData(KanFamily.Bspline)]
        [InlineData(KanFamily.Rbf)]
        [InlineData(KanFamily.Chebyshev)]
        [InlineData(KanFamily.Wavelet)]
        public void By_fit_returns_the_only_family_that_does_something_as_it_was(KanFamily only)
        {
            using var scope = NewDisposeScope();
            var layer = Mixed(3, 2, KanFamily.Bspline, KanFamily.Rbf, KanFamily.Chebyshev, KanFamily.Wavelet);
            using (no_grad())
            {
                foreach (var family in layer.Pool.Where(family => family != only))
                    layer.get_parameter(KanParameters.NameOf(family))!.zero_();
                layer.get_parameter(KanParameters.NameOf(only))!.normal_();
            }
            var rows = rand([400, 3], float64) * 3.6 - 1.8;
            var before = layer.get_parameter(KanParameters.NameOf(only))!.detach().clone();
            var output = layer.call(rows);
            var choice = layer.Choose(KanSelectionRule.Fit, rows, 1e-10);
            Assert.True(choice.Chosen.eq((int)only).all().item<bool>());
            Assert.True(choice.Errors!.ge(0).all().item<bool>());
            layer.Select(choice);
            // A constant is among these functions too, so that only what they compute is determined.
            Assert.InRange(Largest(layer.call(rows) - output), 0, 1e-4);
            if (only is KanFamily.Chebyshev or KanFamily.Wavelet)
                Assert.InRange(Largest(layer.get_parameter(KanParameters.NameOf(only))! - before), 0, 1e-5);
        }

        [Fact]
        public void By_fit_loses_less_than_by_gates_on_what_it_was_fitted_to()
        {
            using var scope = NewDisposeScope();
            double Lost(KanSelectionRule rule)
            {
                var layer = Mixed(4, 3, all);
                var rows = Random(1, 300, 4).to(float64);
                var full = layer.call(rows);
                layer.Select(layer.Choose(rule, rows));
                return (layer.call(rows) - full).square().mean().item<double>();
            }
            Assert.True(Lost(KanSelectionRule.Fit) < 0.5 * Lost(KanSelectionRule.Gate));
        }

        [Fact]
        public void Leaves_errors_of_a_family_that_do_not_depend_on_what_else_is_in_the_pool()
        {
            using var scope = NewDisposeScope();
            KanLinear narrow = new(5, 2, [KanFamily.Bspline, KanFamily.Rbf]), wide = new(5, 2, [KanFamily.Bspline, KanFamily.Rbf, KanFamily.Jacobi]);
            using (no_grad())
            {
                // Both weigh each family by 1, so that they compute the same.
                foreach (string family in (string[])["bspline", "rbf"])
                    wide.get_parameter(family)!.copy_(narrow.get_parameter(family)!);
                wide.get_parameter("jacobi")!.zero_();
            }
            var rows = Random(2, 100, 5);
            Tensor few = narrow.Choose(KanSelectionRule.Fit, rows).Errors!, more = wide.Choose(KanSelectionRule.Fit, rows).Errors!;
            Assert.InRange(Largest(more.narrow(1, 0, 2) - few), 0, 1e-9);
            Assert.True(more.amin([1]).le(few.amin([1]) + 1e-9).all().item<bool>());
        }

        [Fact]
        public void Asks_for_a_choice_before_pruning_and_makes_none_twice()
        {
            Assert.Contains("select one", Assert.Throws<FrugalException>(() => new KanLinear(3, 2).Pruned()).Message, StringComparison.Ordinal);
            var chosen = new KanLinear(3, 2, families: [KanFamily.Rbf]);
            Assert.Contains("already", Assert.Throws<FrugalException>(() => chosen.Choose(KanSelectionRule.Gate, zeros(1, 3))).Message, StringComparison.Ordinal);
            Assert.Equal([KanFamily.Rbf, KanFamily.Rbf, KanFamily.Rbf], chosen.Families!);
            Assert.Throws<FrugalException>(() => new KanLinear(1, 2, families: [KanFamily.Rbf, KanFamily.Rbf]));
            Assert.Throws<FrugalException>(() => new KanLinear(1, 2, [KanFamily.Rbf, KanFamily.Rbf]));
        }

        [Fact]
        public void Of_edges_zeroes_whole_ones_and_their_spread_is_that_of_their_outputs()
        {
            using var scope = NewDisposeScope();
            var layer = Mixed(3, 2, all);
            var rows = Random(4, 50, 3).to(float64);
            var spread = layer.EdgeSpread(rows);
            var kept = ones(2, 3, float64);
            kept[1] = 0;
            kept[0, 0] = 0;
            kept[0, 2] = 0;
            layer.KeepEdges(kept);
            var left = layer.call(rows) - layer.get_parameter("bias")!;
            Assert.Equal(0, Largest(left[TensorIndex.Colon, 1]));
            Assert.Equal(spread[0, 1].item<double>(), left[TensorIndex.Colon, 0].std(unbiased: false).item<double>(), 1e-9);
        }
    }

    public class Convolutions
    {
        [Theory]
        [InlineData(1, 1, 1)]
        [InlineData(2, 0, 1)]
        [InlineData(1, 2, 2)]
        public void Apply_the_layer_to_every_window_zeros_around_the_image_included(long stride, long padding, long dilation)
        {
            using var scope = NewDisposeScope();
            random.manual_seed(9);
            foreach (var pool in all.Select(family => new[] { family }).Append(all))
            {
                var layer = new KanConv2d(2, 3, [3, 2], [stride], [padding], [dilation], pool);
                var rowLayer = new KanLinear(12, 3, pool);
                Stir(layer);
                foreach (var (name, own) in layer.named_parameters())
                    using (no_grad())
                        rowLayer.get_parameter(name)!.copy_(own);
                var image = Random(1, 2, 2, 7, 8);
                var output = layer.call(image);
                var padded = functional.pad(image, [padding, padding, padding, padding]);
                for (long row = 0; row < output.shape[2]; row++)
                {
                    for (long column = 0; column < output.shape[3]; column++)
                    {
                        var window = padded.slice(2, row * stride, row * stride + 2 * dilation + 1, dilation).slice(3, column * stride, column * stride + dilation + 1, dilation);
                        double difference = Largest(rowLayer.call(window.flatten(1)) - output[TensorIndex.Colon, TensorIndex.Colon, row, column]);
                        Assert.True(difference < 1e-4, $"{string.Join(", ", pool)}: {difference} at {row}, {column}");
                    }
                }
            }
        }

        [Fact]
        public void Count_padding_as_zeros_that_have_functions()
        {
            using var scope = NewDisposeScope();
            var layer = new KanConv2d(1, 2, [3], padding: [1], pool: [KanFamily.Rbf], hasBase: false, hasBias: false);
            var expected = new KanLinear(9, 2, [KanFamily.Rbf], hasBase: false, hasBias: false);
            using (no_grad())
                expected.get_parameter("rbf")!.copy_(layer.get_parameter("rbf")!);
            Assert.InRange(Largest(layer.call(zeros(1, 1, 4, 4)) - expected.call(zeros(1, 9)).view(1, 2, 1, 1)), 0, 1e-5);
        }
    }

    public class Grids
    {
        [Fact]
        public void Follow_the_values_and_keep_the_functions_there()
        {
            using var scope = NewDisposeScope();
            random.manual_seed(1);
            var layer = new KanLinear(3, 2, [KanFamily.Bspline]);
            using (no_grad())
                layer.get_parameter("bspline")!.normal_();
            // Dense near 0.4 and sparse elsewhere.
            var rows = (Random(1, 2000, 3) * 0.1 + 0.4).clamp(-0.9, 0.9);
            var before = layer.call(rows);
            layer.RefineGrid(rows);
            var inner = layer.get_buffer("grid")!.narrow(1, 3, 6);
            Assert.True(inner.narrow(1, 1, 4).sub(0.4).abs().max().ToDouble() < 0.2);
            // The functions are cubic pieces on the old knots, which the finer new ones only come near to.
            Assert.True((layer.call(rows) - before).square().mean().ToDouble() < 1e-3 * before.var().ToDouble());
            Assert.Throws<FrugalException>(() => new KanLinear(3, 2, [KanFamily.Rbf]).RefineGrid(rows));
        }

        [Fact]
        public void Fit_a_narrow_function_better_than_equal_distances()
        {
            using var scope = NewDisposeScope();
            double Error(bool refines)
            {
                random.manual_seed(1);
                var layer = new KanLinear(1, 1, [KanFamily.Bspline], hasBase: false);
                var rows = (Random(1, 1000, 1) * 0.05 + 0.3).clamp(-1, 1);
                if (refines)
                    layer.RefineGrid(rows);
                var meant = (40 * rows).sin().to(float64);
                var basis = layer.Nodes.Values(KanFamily.Bspline, rows, 0, 1)[0];
                return (basis.matmul(linalg.pinv(basis).matmul(meant)) - meant).square().mean().item<double>();
            }
            Assert.True(Error(true) < 0.1 * Error(false));
        }
    }
}
