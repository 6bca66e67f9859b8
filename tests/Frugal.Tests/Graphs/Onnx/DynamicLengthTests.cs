using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Frugal.Tests.Graphs.Onnx;

/// <summary>Files for every length of an axis; each is run under ONNX Runtime at two lengths by the exporter itself, which throws when the results differ.</summary>
public static class DynamicLengthTests
{
    private static readonly DynamicLength sequence = new("sequence", 1);

    private static OnnxExport Export(Module<Tensor, Tensor> model, Tensor example, params DynamicLength[] lengths)
    {
        using var folder = new TemporaryFolder();
        using (model)
            return Graph.Capture(model, example, lengths.Length > 0 ? lengths : [sequence]).ExportOnnx(folder.File("model.onnx"));
    }

    private static OnnxExport Export(Func<Tensor, Tensor> function, params long[] shape)
    {
        using var example = randn(shape);
        return Export(new Runs(function), example);
    }

    private static string Refusal(Func<Tensor, Tensor> function, params long[] shape) => Assert.Throws<GraphException>(() => Export(function, shape)).Message;

    private static Tensor Tokens(long batch, long length) => arange(batch * length).remainder(20).view(batch, length);

    public class Supported
    {
        [Fact]
        public void A_transformer_encoder()
        {
            using var example = randn(2, 9, 16);
            var export = Export(new Encoder(isCausal: false), example);
            Assert.Equal([9, 6], export.Lengths["sequence"]);
            Assert.Equal([1, 5], export.BatchSizes);
        }

        [Fact]
        public void A_decoder_with_a_causal_mask_that_the_operator_makes()
        {
            using var example = randn(2, 9, 16);
            Export(new Encoder(isCausal: true), example);
        }

        [Fact]
        public void Torchs_own_encoder_layer()
        {
            using var example = randn(2, 8, 12);
            Export(new TorchEncoder(), example);
        }

        [Fact]
        public void An_embedding_before_an_lstm()
        {
            using var example = Tokens(2, 7);
            Export(new Tagger(), example);
        }

        [Fact]
        public void Positions_cut_to_the_length()
        {
            using var example = Tokens(2, 10);
            Export(new Positioned(), example);
        }

        [Fact]
        public void A_causal_mask_made_from_the_length() => Export(x =>
        {
            var length = x.shape[1];
            var mask = triu(full(length, length, float.NegativeInfinity), 1);
            return F.softmax(x.matmul(x.transpose(1, 2)) + mask, -1).matmul(x);
        }, 2, 8, 6);

        [Fact]
        public void A_mask_by_comparing_counted_positions() => Export(x =>
        {
            var positions = arange(x.shape[1]);
            var mask = positions.unsqueeze(0).le(positions.unsqueeze(1));
            return x.matmul(x.transpose(1, 2)).masked_fill(mask.logical_not(), -1e4).sigmoid().matmul(x);
        }, 2, 8, 6);

        [Fact]
        public void A_sum_divided_by_the_length() => Export(x => x.sum(1) / x.shape[1], 2, 8, 6);

        [Fact]
        public void A_variance_over_the_length() => Export(x => x.var(1), 2, 8, 6);

        [Fact]
        public void Batch_and_length_folded_into_one_axis_and_back() => Export(x => x.reshape(-1, 3).sin().reshape(x.shape[0], x.shape[1], 2, 3).transpose(1, 2).reshape(x.shape[0] * 2, x.shape[1], 3), 2, 8, 6);

        [Fact]
        public void The_last_token() => Export(x => x[.., x.shape[1] - 1] + x.select(1, -1), 2, 8, 6);

        [Fact]
        public void Positions_counted_backwards() => Export(x => x + (arange(x.shape[1]) + (1 - x.shape[1])).unsqueeze(-1), 2, 8, 6);

        [Fact]
        public void A_stride_that_rounds_the_length_and_a_shape_taken_from_its_result() => Export(x =>
        {
            var halved = F.avg_pool1d(x.transpose(1, 2), 2, 2, ceil_mode: true);
            return halved.reshape(halved.shape[0], 2, 3, halved.shape[2]).transpose(1, 3).reshape(halved.shape[0], halved.shape[2], 6);
        }, 2, 9, 6);

        [Fact]
        public void Class_token_before_the_others() => Export(x => cat([x[.., ..1] * 2, x], 1).cumsum(1), 2, 8, 6);

        [Fact]
        public void A_group_norm_over_channels_and_length() => Export(x => F.group_norm(x.transpose(1, 2), 2), 2, 8, 6);

        [Fact]
        public void Height_and_width_of_an_image()
        {
            using var example = randn(2, 3, 12, 9);
            using var net = Sequential(Conv2d(3, 6, 3, stride: 2, padding: 1), BatchNorm2d(6), ReLU(), Upsample(scale_factor: [2, 2]), Conv2d(6, 4, 3), AdaptiveAvgPool2d(1), Flatten(), Linear(4, 3));
            var export = Export(net, example, new DynamicLength("height", 2), new DynamicLength("width", 3));
            Assert.Equal(["height", "width"], export.Lengths.Keys);
        }

        [Fact]
        public void Two_inputs_of_one_length()
        {
            using var folder = new TemporaryFolder();
            using Tensor tokens = Tokens(2, 8), mask = ones(2, 8);
            using var model = new Positioned();
            Graph.Capture(model, [tokens, mask], inputs => [model.call(inputs[0]) * inputs[1].unsqueeze(-1)], sequence, new DynamicLength("sequence", 1, input: 1))
                .ExportOnnx(folder.File("model.onnx"));
            using var session = new InferenceSession(folder.File("model.onnx"));
            Assert.All(session.InputMetadata.Values, input => Assert.Equal(["batch", "sequence"], input.SymbolicDimensions));
        }
    }

    public class Files
    {
        [Fact]
        public void Name_the_axis_and_what_follows_from_it()
        {
            using var folder = new TemporaryFolder();
            using var example = randn(2, 8, 6);
            using var model = new Runs(x => x.flatten(1).unsqueeze(-1));
            Graph.Capture(model, example, sequence).ExportOnnx(folder.File("model.onnx"));
            using var session = new InferenceSession(folder.File("model.onnx"));
            Assert.Equal(["batch", "sequence", ""], session.InputMetadata["input"].SymbolicDimensions);
            Assert.Equal(["batch", "6*sequence", ""], session.OutputMetadata["output"].SymbolicDimensions);
        }

        [Fact]
        public void Without_a_dynamic_axis_keep_the_length()
        {
            using var folder = new TemporaryFolder();
            using var example = randn(2, 8, 6);
            using var model = new Runs(x => x.sin());
            Graph.Capture(model, example).ExportOnnx(folder.File("model.onnx"));
            using var session = new InferenceSession(folder.File("model.onnx"));
            Assert.Equal([-1, 8, 6], session.InputMetadata["input"].Dimensions);
        }
    }

    public class Refused
    {
        [Fact]
        public void A_structure_that_changes_with_the_length_with_the_first_difference()
        {
            var message = Refusal(x =>
            {
                var sum = x.select(1, 0);
                for (var i = 1; i < x.shape[1]; i++)
                    sum = sum.tanh() + x.select(1, i);
                return sum;
            }, 2, 8, 6);
            Assert.Contains("differently for 2 examples with sequence = 7 and for 4 examples with sequence = 4", message, StringComparison.Ordinal);
            Assert.Contains("first difference", message, StringComparison.Ordinal);
        }

        [Fact]
        public void A_choice_by_the_length() =>
            Assert.Contains("aten::sin", Refusal(x => x.shape[1] > 6 ? x.sin() : x.cos(), 2, 8, 6), StringComparison.Ordinal);

        [Fact]
        public void A_size_that_the_program_rounds() =>
            Assert.Contains("no sum of products", Refusal(x => x[.., ..(int)(x.shape[1] / 2)] * 1, 2, 9, 6), StringComparison.Ordinal);

        [Fact]
        public void A_factor_that_is_no_whole_number() =>
            Assert.Contains("only whole numbers may depend on the sizes of the input", Refusal(x => x * (1 / Math.Sqrt(x.shape[1])), 2, 8, 6), StringComparison.Ordinal);

        [Fact]
        public void A_table_from_a_program_that_grows_with_the_length() =>
            Assert.Contains("grows with the input", Refusal(x => x + tensor(Enumerable.Range(0, (int)x.shape[1]).Select(i => (float)i).ToArray()).unsqueeze(-1), 2, 8, 6), StringComparison.Ordinal);

        [Fact]
        public void A_table_from_a_program_whose_numbers_change_with_the_length() =>
            Assert.Contains("other elements with 2 examples with sequence = 7", Refusal(x => x * tensor(new float[] { 1, 2, x.shape[1], 1, 1, 1 }), 2, 8, 6), StringComparison.Ordinal);

        [Fact]
        public void A_model_that_takes_one_length_only()
        {
            using var example = randn(2, 8, 6);
            var error = Assert.Throws<GraphException>(() => Export(Sequential(Flatten(), Linear(48, 3)), example));
            Assert.Contains("does not run with 2 examples with sequence = 7", error.Message, StringComparison.Ordinal);
        }

        [Fact]
        public void An_axis_that_is_not_there_or_too_short()
        {
            using var model = new Runs(x => x.sin());
            using Tensor flat = randn(2, 8), longer = randn(2, 9), small = randn(2, 5, 6);
            Assert.Contains("no axis 2 of input 0", Assert.Throws<ArgumentException>(() => Graph.Capture(model, flat, new DynamicLength("sequence", 2))).Message, StringComparison.Ordinal);
            Assert.Contains("too short", Assert.Throws<ArgumentException>(() => Graph.Capture(model, small, sequence)).Message, StringComparison.Ordinal);
            Assert.Contains("same length", Assert.Throws<ArgumentException>(
                () => Graph.Capture(model, [flat, longer], inputs => [inputs[0]], sequence, new DynamicLength("sequence", 1, input: 1))).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => new DynamicLength("sequence", 0));
            Assert.Throws<ArgumentException>(() => new DynamicLength("batch", 1));
        }
    }

    private sealed class Runs(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>("function")
    {
        public override Tensor forward(Tensor input) => function(input);
    }

    /// <summary>A pre-norm block over <c>[batch, tokens, 16]</c> with four heads.</summary>
    private sealed class Encoder : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> norm1 = LayerNorm(16), qkv = Linear(16, 48), proj = Linear(16, 16), norm2 = LayerNorm(16), fc1 = Linear(16, 32), fc2 = Linear(32, 16);
        private readonly bool isCausal;

        public Encoder(bool isCausal) : base(nameof(Encoder))
        {
            this.isCausal = isCausal;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            long batch = input.shape[0], tokens = input.shape[1];
            var parts = qkv.call(norm1.call(input)).reshape(batch, tokens, 3, 4, 4).permute(2, 0, 3, 1, 4).unbind(0);
            var x = input + proj.call(F.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: isCausal).transpose(1, 2).reshape(batch, tokens, 16));
            return (x + fc2.call(F.gelu(fc1.call(norm2.call(x))))).MoveToOuterDisposeScope();
        }
    }

    private sealed class TorchEncoder : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.TransformerEncoderLayer layer = TransformerEncoderLayer(12, 3, 24);

        public TorchEncoder() : base(nameof(TorchEncoder)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return layer.call(input.transpose(0, 1), null, null).transpose(0, 1).MoveToOuterDisposeScope();
        }
    }

    private sealed class Tagger : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> embedding = Embedding(20, 6), head = Linear(16, 5);
        private readonly TorchSharp.Modules.LSTM lstm = LSTM(6, 8, numLayers: 2, batchFirst: true, bidirectional: true);

        public Tagger() : base(nameof(Tagger)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return head.call(lstm.call(embedding.call(input)).Item1).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Token and position embeddings, the latter a table that is cut.</summary>
    private sealed class Positioned : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> embedding = Embedding(20, 6);
        private readonly TorchSharp.Modules.Parameter positions = Parameter(randn(1, 10, 6));

        public Positioned() : base(nameof(Positioned)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return (embedding.call(input) + positions[.., ..(int)input.shape[1]]).MoveToOuterDisposeScope();
        }
    }
}
