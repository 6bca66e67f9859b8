using Frugal.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Frugal.Tests.Graphs.Onnx;

/// <summary>Models that were never written with export in mind.</summary>
public static class AwkwardExportTests
{
    private static string Refusal(Func<Tensor, Tensor> function, params long[] shape) =>
        Assert.Throws<GraphException>(() => Exported.Function(function, shape)).Message;

    public class Supported
    {
        [Fact]
        public void A_weight_that_is_used_twice() => Exported.Model(new TwiceUsed(), 2, 4);

        [Fact]
        public void Weights_that_are_one_tensor() => Exported.Model(new Tied(), 2, 4);

        [Fact]
        public void An_output_that_is_the_input() => Exported.Function(x => x, 2, 3);

        [Fact]
        public void An_output_that_does_not_depend_on_the_input() => Exported.Function(x => ones(2, 3), 2, 3);

        [Fact]
        public void A_constant_made_in_forward() => Exported.Function(x => x * tensor(new[] { 1f, 2, 3 }), 2, 3);

        [Fact]
        public void A_number_smaller_than_a_millionth() => Exported.Function(x => x * 1.234567e-9, 2, 3);

        [Fact]
        public void Control_flow_on_sizes() => Exported.Function(x =>
        {
            for (var i = 0; i < x.shape[1]; i++)
                x = i % 2 == 0 ? x.sin() : x + i;
            return x;
        }, 2, 3);

        [Fact]
        public void A_batch_that_is_folded_into_another_dimension_and_back() =>
            Exported.Function(x => x.view(-1, 6).sin().view(x.shape[0], 4, 6) + x.permute(1, 0, 2).reshape(4, -1).t().reshape(x.shape[0], 6, 4).transpose(1, 2), 2, 4, 6);

        [Fact]
        public void A_mean_over_the_batch_size_as_a_number() => Exported.Function(x => x.sum(0, keepdim: true).expand(x.shape[0], -1), 2, 3);

        [Fact]
        public void An_activation_in_place() => Exported.Function(x => x.neg().relu_().add_(1).mul_(x), 2, 3);

        [Fact]
        public void Dropout_in_place_that_is_switched_off() => Exported.Model(Sequential(Linear(3, 4), Dropout(0.5, inplace: true), Linear(4, 2)), 2, 3);

        [Fact]
        public void An_update_of_a_row() => Exported.Function(x =>
        {
            var y = x.neg();
            y[TensorIndex.Colon, 1] = 5f;
            return y + x;
        }, 2, 3);

        [Fact]
        public void An_update_of_a_range_seen_through_another_view() => Exported.Function(x =>
        {
            var y = x.neg();
            var turned = y.transpose(1, 2);
            y[TensorIndex.Colon, TensorIndex.Slice(1, 3)].mul_(2).add_(1);
            return turned.contiguous().sin() + y.sum(1, keepdim: true).transpose(1, 2);
        }, 2, 4, 5);

        [Fact]
        public void Updates_of_two_overlapping_views() => Exported.Function(x =>
        {
            var y = x.neg();
            var (rows, columns) = (y[TensorIndex.Colon, 1], y[TensorIndex.Colon, TensorIndex.Colon, 2]);
            rows.add_(1);
            columns.mul_(3);
            rows.sub_(columns[TensorIndex.Colon, TensorIndex.Slice(0, 1)]);
            return y;
        }, 2, 4, 5);

        [Fact]
        public void An_update_through_reshapes() => Exported.Function(x =>
        {
            var y = x.neg();
            y.view(-1, 20).t()[3].fill_(7);
            y.chunk(2, 2)[1].zero_();
            return y;
        }, 2, 4, 5);

        [Fact]
        public void Copying_into_a_part() => Exported.Function(x =>
        {
            var y = zeros(x.shape[0], 6);
            y[TensorIndex.Colon, TensorIndex.Slice(0, 3)].copy_(x);
            y[TensorIndex.Colon, TensorIndex.Slice(3, 6)] = x.exp();
            return y;
        }, 2, 3);

        [Theory]
        [InlineData("lstm")]
        [InlineData("gru")]
        [InlineData("rnn")]
        public void Recurrent_layers(string kind) => Exported.Model(new Recurrent(kind), 2, 5, 4);

        [Fact]
        public void Multi_head_attention() => Exported.Model(new SelfAttention(), 2, 5, 8);

        [Fact]
        public void Words_by_their_numbers()
        {
            using var words = randint(0, 20, [2, 7]);
            Exported.Model(new Words(), words);
        }

        [Fact]
        public void Every_convolution_there_is() => Exported.Model(Sequential(
            Conv2d(3, 4, 3, padding: 1, bias: false), Conv2d(4, 4, 3, groups: 4, dilation: 2, padding: Padding.Same), Conv2d(4, 6, (3, 1), stride: (2, 1), padding: (1, 0)),
            ConvTranspose2d(6, 4, 3, stride: 2, padding: 1, output_padding: 1, groups: 2), Flatten(2), Conv1d(4, 3, 5, padding: 2, padding_mode: PaddingModes.Circular),
            ConvTranspose1d(3, 2, 4, stride: 2), Unflatten(2, [2, 27, 19]), Conv3d(2, 2, 2, padding: 1), ConvTranspose3d(2, 1, 2)), 2, 3, 16, 16);

        [Fact]
        public void Normalisations_with_and_without_weights() => Exported.Model(Sequential(
            BatchNorm2d(4), BatchNorm2d(4, affine: false), GroupNorm(2, 4), InstanceNorm2d(4, affine: true), InstanceNorm2d(4, track_running_stats: true), LayerNorm([6, 6]),
            LayerNorm([6], elementwise_affine: false), LocalResponseNorm(2), Dropout2d(0.5), PReLU(4)), 2, 4, 6, 6);
    }

    public class Outputs
    {
        [Fact]
        public void Several_inputs_and_outputs_keep_their_order()
        {
            using var folder = new TemporaryFolder();
            using var layer = Bilinear(3, 4, 2);
            using Tensor left = randn(2, 3), right = randn(2, 4);
            var graph = Graph.Capture(layer, [left, right], inputs => [layer.call(inputs[0], inputs[1]), inputs[1].sum(-1), inputs[0]]);
            var report = graph.ExportOnnx(folder.File("two.onnx"));
            Assert.Equal(3, graph.Outputs.Count);
            Assert.InRange(report.MaxRelative, 0, 1e-5);
        }
    }

    public class Refused
    {
        [Fact]
        public void Active_dropout() => Assert.Contains("dropout is active", Refusal(x => F.dropout(x, 0.5, training: true), 2, 3), StringComparison.Ordinal);

        [Fact]
        public void Random_numbers() => Assert.Contains("random numbers", Refusal(x => x + randn_like(x), 2, 3), StringComparison.Ordinal);

        [Fact]
        public void Statistics_of_the_batch() => Assert.Contains("depends on the others", Refusal(x => F.batch_norm(x, zeros(3), ones(3), training: true), 2, 3), StringComparison.Ordinal);

        [Fact]
        public void A_selection_by_a_mask() => Assert.Contains("depends on the values", Refusal(x => x.index(x > 0).sum() + x, 2, 3), StringComparison.Ordinal);

        [Fact]
        public void A_structure_that_changes_with_the_batch()
        {
            var message = Refusal(x => x.shape[0] == 3 ? x.sin() : x.cos(), 2, 3);
            Assert.Contains("differently for 2 examples and for 3 examples", message, StringComparison.Ordinal);
            Assert.Contains("aten::cos in the model's own forward ([2, 3] → [2, 3]) against aten::sin", message, StringComparison.Ordinal);
        }

        [Fact]
        public void A_special_case_for_one_example() =>
            Assert.Contains("differ in output 0 for 1 example", Refusal(x => x.shape[0] == 1 ? x * 2 : x * 3, 2, 3), StringComparison.Ordinal);

        [Fact]
        public void A_number_that_depends_on_the_batch() => Assert.Contains("only whole numbers may depend on the sizes of the input", Refusal(x => x * (1.0 / x.shape[0]), 2, 3), StringComparison.Ordinal);

        [Fact]
        [Trait("Reliability", "T37")]
        public void An_operator_without_counterpart()
        {
            var message = Refusal(x => x.lgamma(), 2, 3);
            Assert.Contains("aten::lgamma in the model's own forward ([batch, 3] → [batch, 3]) cannot be exported to ONNX", message, StringComparison.Ordinal);
        }

        [Fact]
        [Trait("Reliability", "T37")]
        public void An_operator_without_counterpart_deep_in_the_model()
        {
            var model = Sequential(("head", Linear(3, 4)), ("body", Sequential(("first", ReLU()), ("second", new LogGamma()))));
            var message = Assert.Throws<GraphException>(() => Exported.Model(model, 2, 3)).Message;
            Assert.Contains("aten::lgamma in 'body.second' ([batch, 4] → [batch, 4]) cannot be exported to ONNX", message, StringComparison.Ordinal);
        }

        [Fact]
        public void A_buffer_that_forward_updates() => Assert.Contains("updates 'calls'", Assert.Throws<GraphException>(() => Exported.Model(new CountsCalls(), 2, 3)).Message, StringComparison.Ordinal);
    }

    private sealed class TwiceUsed : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> layer = Linear(4, 4);

        public TwiceUsed() : base("twice") => RegisterComponents();

        public override Tensor forward(Tensor input) => layer.call(layer.call(input).relu());
    }

    private sealed class Tied : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear encode = Linear(4, 3, hasBias: false);

        public Tied() : base("tied") => RegisterComponents();

        public override Tensor forward(Tensor input) => encode.call(input).matmul(encode.weight!);
    }

    private sealed class Recurrent : Module<Tensor, Tensor>
    {
        private readonly string kind;
        private readonly TorchSharp.Modules.LSTM lstm = LSTM(4, 3, numLayers: 2, bidirectional: true, batchFirst: true);
        private readonly TorchSharp.Modules.GRU gru = GRU(4, 3, numLayers: 2, batchFirst: true);
        private readonly TorchSharp.Modules.RNN rnn = RNN(4, 3, bidirectional: true, batchFirst: true);

        public Recurrent(string kind) : base("recurrent")
        {
            this.kind = kind;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            if (kind == "lstm")
            {
                var (states, hidden, cell) = lstm.call(input);
                return states.sum([1, 2]) + (hidden + cell)[1].sum(-1);
            }
            var (steps, last) = kind == "gru" ? gru.call(input) : rnn.call(input);
            return steps.sum([1, 2]) + last[1].sum(-1);
        }
    }

    private sealed class SelfAttention : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.MultiheadAttention attention = MultiheadAttention(8, 2);

        public SelfAttention() : base("attention") => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            var x = input.transpose(0, 1);
            return attention.call(x, x, x, null, false, null).Item1.transpose(0, 1);
        }
    }

    private sealed class Words : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> embedding = Embedding(20, 6);
        private readonly Module<Tensor, Tensor> positions = Embedding(7, 6);

        public Words() : base("words") => RegisterComponents();

        public override Tensor forward(Tensor input) => embedding.call(input) + positions.call(arange(input.shape[1]));
    }

    private sealed class LogGamma() : Module<Tensor, Tensor>("log-gamma")
    {
        public override Tensor forward(Tensor input) => input.lgamma();
    }

    private sealed class CountsCalls : Module<Tensor, Tensor>
    {
        private readonly Tensor calls = zeros(1);

        public CountsCalls() : base("counts")
        {
            register_buffer(nameof(calls), calls);
        }

        public override Tensor forward(Tensor input) => input * calls.add_(1);
    }
}
