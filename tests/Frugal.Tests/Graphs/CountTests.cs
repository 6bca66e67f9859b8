using Frugal.Graphs;
using Frugal.Graphs.Counting;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Graphs;

public static class CountTests
{
    private static ModelCost Count(Module<Tensor, Tensor> model, params long[] shape)
    {
        using (model)
        using (var example = randn(shape))
            return Graph.Capture(model, example).Count();
    }

    public class Operators
    {
        [Fact]
        public void Linear() => Assert.Equal(12 * 5, Count(nn.Linear(12, 5), 3, 12).Macs);

        [Fact]
        public void Linear_over_tokens() => Assert.Equal(7 * 12 * 5, Count(nn.Linear(12, 5), 3, 7, 12).Macs);

        [Fact]
        public void Convolution() => Assert.Equal(8 * 3 * 9 * 16, Count(Conv2d(3, 8, 3, stride: 2, padding: 1), 2, 3, 8, 8).Macs);

        [Fact]
        public void Grouped_convolution() => Assert.Equal(8 * 9 * 64, Count(Conv2d(8, 8, 3, padding: 1, groups: 8), 2, 8, 8, 8).Macs);

        [Fact]
        public void Transposed_convolution() => Assert.Equal(4 * 6 * 4 * 25, Count(ConvTranspose2d(4, 6, 2, stride: 2), 2, 4, 5, 5).Macs);

        [Fact]
        public void Recurrent_layer() => Assert.Equal(4 * 5 * (6 + 5) * 7, Count(new LastOfLstm(6, 5), 1, 7, 6).Macs);

        [Fact]
        public void Einsum() => Assert.Equal(4 * 3 * 6, Count(new Computes(x => einsum("bij,bkj->bik", x, x[TensorIndex.Colon, TensorIndex.Slice(0, 3)])), 2, 4, 6).Macs);

        [Fact]
        public void Attention() => Assert.Equal(
            2 * (2 * 5 * 5 * 8), Count(new Computes(x => functional.scaled_dot_product_attention(x, x, x)), 3, 2, 5, 8).Macs);

        [Fact]
        public void Elementwise_work_and_norms_count_nothing() =>
            Assert.Equal(0, Count(Sequential(LayerNorm(6), GELU(), Softmax(-1)), 2, 6).Macs);
    }

    public class Zeros
    {
        [Fact]
        public void Are_skipped_in_a_linear_layer()
        {
            var layer = nn.Linear(4, 2);
            using (no_grad())
                layer.weight![0].zero_();
            var cost = Count(layer, 3, 4);
            Assert.Equal((8, 4), (cost.Macs, cost.NonZeroMacs));
        }

        [Fact]
        public void Are_skipped_in_a_convolution_at_every_position()
        {
            var layer = Conv2d(2, 2, 1);
            using (no_grad())
                layer.weight![0, 1].zero_();
            var cost = Count(layer, 3, 2, 5, 5);
            Assert.Equal((100, 75), (cost.Macs, cost.NonZeroMacs));
        }

        [Fact]
        public void Are_skipped_in_the_part_of_a_parameter_that_is_used()
        {
            var layer = nn.Linear(4, 4, hasBias: false);
            using (no_grad())
                layer.weight![2].zero_();
            var cost = Count(new Wraps(layer, (x, inner) => x.matmul(inner.weight![TensorIndex.Slice(2, 4)].t())), 3, 4);
            Assert.Equal((8, 4), (cost.Macs, cost.NonZeroMacs));
        }
    }

    public class Memory
    {
        [Fact]
        public void Peak_is_the_widest_neighbouring_pair()
        {
            var cost = Count(Sequential(nn.Linear(4, 100), ReLU(), nn.Linear(100, 2)), 5, 4);
            Assert.Equal(4 * (100 + 100), cost.PeakActivationBytes);
        }

        [Fact]
        public void In_place_work_and_views_take_none()
        {
            var cost = Count(Sequential(nn.Linear(4, 100), ReLU(inplace: true), Flatten()), 5, 4);
            Assert.Equal(4 * (4 + 100), cost.PeakActivationBytes);
            Assert.Equal([400, 0, 0], cost.Layers.Select(layer => layer.ActivationBytes));
        }

        [Fact]
        public void A_skipped_connection_is_held_until_it_is_added()
        {
            var cost = Count(new Computes(x => x.relu().sigmoid().tanh() + x), 5, 10);
            Assert.Equal(3 * 40, cost.PeakActivationBytes);
        }
    }

    public class Layers
    {
        [Fact]
        public void Are_listed_by_path_with_type_and_shape()
        {
            var cost = Count(Sequential(("body", Sequential(("fc", nn.Linear(4, 3)), ("act", ReLU()))), ("head", nn.Linear(3, 2))), 5, 4);
            Assert.Equal(
                ["body.fc Linear [5, 3] 15 12 12", "body.act ReLU [5, 3] 0 0 0", "head Linear [5, 2] 8 6 6"],
                cost.Layers.Select(layer => $"{layer.Path} {layer.Type} [{string.Join(", ", layer.OutputShape)}] {layer.Parameters} {layer.Macs} {layer.NonZeroMacs}"));
            Assert.Equal((23, 18), (cost.Parameters, cost.Macs));
        }

        [Fact]
        public void A_shared_layer_counts_its_parameters_once_and_its_work_twice()
        {
            var layer = nn.Linear(4, 4);
            var cost = Count(new Wraps(layer, (x, inner) => inner.call(inner.call(x))), 1, 4);
            Assert.Equal((20, 32), (cost.Parameters, cost.Macs));
        }
    }

    private sealed class Computes(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>("computes")
    {
        public override Tensor forward(Tensor input) => function(input);
    }

    private sealed class Wraps : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear inner;
        private readonly Func<Tensor, TorchSharp.Modules.Linear, Tensor> function;

        public Wraps(TorchSharp.Modules.Linear inner, Func<Tensor, TorchSharp.Modules.Linear, Tensor> function) : base("wraps")
        {
            (this.inner, this.function) = (inner, function);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => function(input, inner);
    }

    private sealed class LastOfLstm : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.LSTM lstm;

        public LastOfLstm(long inputs, long hidden) : base("last-of-lstm")
        {
            lstm = LSTM(inputs, hidden, batchFirst: true);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => lstm.call(input).Item1[TensorIndex.Colon, -1];
    }
}
