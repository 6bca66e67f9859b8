using Frugal.Data.Text;
using Frugal.Data.Text.Generated;
using Frugal.Data.Text.Sources;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Models.Text;

public class WideEncoderTests
{
    private static readonly WideEncoderConfig deep = new() { VocabularySize = 20, HiddenSize = 12, NumLayers = 4, NumHeads = 2, HeadDim = 5, IntermediateSize = 24, MaxPositions = 16, InitializerRange = 0.2, ProjectedTokens = 3, Window = 4 };

    public static IEnumerable<TheoryDataRow<AttentionType>> Types => Enum.GetValues<AttentionType>().Select(type => new TheoryDataRow<AttentionType>(type));

    private static TextModel Build(WideEncoderConfig config) => TinyText.Build(config with { Tokens = 10 }, TextHead.SequenceClassification);

    private static Tensor Ids(int batch, int tokens) => TinyText.Ids(batch, tokens).remainder(20);

    public class Golden
    {
        [Theory]
        [InlineData("deep_3x2")]
        [InlineData("wide_1x6")]
        public void Case_agrees(string name)
        {
            var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "wide-attention", $"{name}.safetensors"));
            Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
        }
    }

    public class Family
    {
        [Fact]
        public void Has_the_parameters_of_the_paper()
        {
            var six = new WideEncoderConfig { HiddenSize = 512, HeadDim = 64, IntermediateSize = 2048, NumLayers = 6, NumHeads = 8 };
            var one = six.Reaspect(1);
            Assert.Equal((1, 48L), (one.NumLayers, one.NumHeads));
            Assert.Equal((6_303_744L, 12_598_272L, 12_288L + 1024), (six.Account(128).AttentionParameters, six.Account(128).FeedForwardParameters, six.Account(128).NormParameters));
            Assert.Equal((6_301_184L, 2_099_712L, 2_048L + 1024), (one.Account(128).AttentionParameters, one.Account(128).FeedForwardParameters, one.Account(128).NormParameters));
            foreach (int layers in new[] { 1, 2, 3, 6 })
            {
                var each = six.Reaspect(layers);
                Assert.Equal(48, each.TotalHeads);
                // The matrices of attention are the same along the family, only their output biases are not.
                Assert.Equal(4L * 512 * 64 * 48, each.Account(1).AttentionParameters - (3 * 64 * 48) - (layers * 512));
                Assert.Equal(six.Account(64).ProjectionMacs, each.Account(64).ProjectionMacs);
                Assert.Equal(six.Account(64).MixingMacs, each.Account(64).MixingMacs);
                Assert.Equal(six, each.Reaspect(6));
            }
            Assert.Contains("48 heads in all", Assert.Throws<FrugalException>(() => six.Reaspect(5)).Message, StringComparison.Ordinal);
        }

        [Theory]
        [MemberData(nameof(Types), MemberType = typeof(WideEncoderTests))]
        public void An_account_is_that_of_the_network(AttentionType type)
        {
            foreach (int layers in new[] { 1, 2, 4 })
            {
                using var model = Build(deep.Reaspect(layers) with { Attention = type });
                var account = ((WideEncoderConfig)model.Config).Account(10);
                Assert.Equal(model.parameters().Sum(each => each.numel()), account.Parameters);
                double counted = ModelMeasure.Of(model, new TextInfo(TextTask.SequenceClassification, 20, 10, null, ["a", "b"])).Macs!.Value - (12 * 2);
                Assert.InRange(counted / account.Macs, 0.99, 1.01);
            }
        }
    }

    public class Mixing
    {
        [Theory]
        [MemberData(nameof(Types), MemberType = typeof(WideEncoderTests))]
        public void Takes_nothing_from_padding(AttentionType type)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var layer = new WideAttention(12, 3, 5, type, window: 4, projected: 3, maxTokens: 16);
            var input = randn(2, 10, 12);
            var isToken = ones(2, 10);
            isToken[1].narrow(0, 7, 3).zero_();
            var other = input.clone();
            other[1].narrow(0, 7, 3).fill_(100);
            var (one, two) = (layer.Run(input, isToken), layer.Run(other, isToken));
            Assert.True(one[1].narrow(0, 0, 7).allclose(two[1].narrow(0, 0, 7), rtol: 1e-5, atol: 1e-6));
            Assert.True(one[0].allclose(layer.Run(input.narrow(0, 0, 1), null)[0], rtol: 1e-4, atol: 1e-5));
        }

        [Theory]
        [MemberData(nameof(Types), MemberType = typeof(WideEncoderTests))]
        public void Heads_are_a_sum_and_their_order_does_not_count(AttentionType type)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var layer = new WideAttention(12, 3, 5, type, window: 4, projected: 3, maxTokens: 16);
            var input = randn(2, 10, 12);
            var expected = layer.call(input);
            var bias = layer.get_parameter("o.bias")!.clone();
            var sum = zeros_like(expected);
            foreach (int head in new[] { 0, 1, 2 })
            {
                var weight = layer.get_parameter("o.weight")!.clone();
                layer.get_parameter("o.weight")!.zero_();
                layer.get_parameter("o.weight")!.narrow(1, head * 5, 5).copy_(weight.narrow(1, head * 5, 5));
                sum += layer.call(input) - bias;
                layer.get_parameter("o.weight")!.copy_(weight);
            }
            Assert.True((sum + bias).allclose(expected, rtol: 1e-4, atol: 1e-5));
            var order = cat([arange(10, 15), arange(0, 10)], 0);
            foreach (string name in new[] { "q", "k", "v" })
            {
                layer.get_parameter($"{name}.weight")!.copy_(layer.get_parameter($"{name}.weight")!.index_select(0, order));
                layer.get_parameter($"{name}.bias")!.copy_(layer.get_parameter($"{name}.bias")!.index_select(0, order));
            }
            layer.get_parameter("o.weight")!.copy_(layer.get_parameter("o.weight")!.index_select(1, order));
            Assert.True(layer.call(input).allclose(expected, rtol: 1e-4, atol: 1e-5));
        }

        [Theory]
        [InlineData(AttentionType.Softmax)]
        [InlineData(AttentionType.Linear)]
        [InlineData(AttentionType.Local)]
        public void Stacked_heads_give_the_sum_of_the_layers(AttentionType type)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using WideAttention one = new(12, 2, 5, type, window: 4), other = new(12, 3, 5, type, window: 4);
            using var wide = WideAttention.Stack([one, other]);
            var input = randn(2, 10, 12);
            Assert.True(wide.call(input).allclose(one.call(input) + other.call(input), rtol: 1e-4, atol: 1e-5));
            using var narrow = new WideAttention(12, 2, 4, type);
            Assert.Throws<FrugalException>(() => WideAttention.Stack([one, narrow]));
        }

        [Fact]
        public void Is_ordinary_attention_where_the_heads_are_as_wide_as_a_token()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var layer = new WideAttention(12, 3, 4);
            using var ordinary = new SelfAttention(12, 3);
            ordinary.get_parameter("qkv.weight")!.copy_(cat([.. new[] { "q", "k", "v" }.Select(name => (Tensor)layer.get_parameter($"{name}.weight")!)], 0));
            ordinary.get_parameter("qkv.bias")!.copy_(cat([.. new[] { "q", "k", "v" }.Select(name => (Tensor)layer.get_parameter($"{name}.bias")!)], 0));
            ordinary.get_parameter("proj.weight")!.copy_(layer.get_parameter("o.weight")!);
            ordinary.get_parameter("proj.bias")!.copy_(layer.get_parameter("o.bias")!);
            var input = randn(2, 10, 12);
            Assert.True(layer.call(input).allclose(ordinary.call(input), rtol: 1e-4, atol: 1e-5));
            var isToken = ones(2, 10);
            isToken[1].narrow(0, 7, 3).zero_();
            var weights = layer.Weights(input, isToken);
            Assert.Equal([2, 3, 10, 10], weights.shape);
            Assert.True(weights.sum(-1).allclose(ones(2, 3, 10), rtol: 1e-5, atol: 1e-6));
            Assert.Equal(0, weights[1].narrow(2, 7, 3).count_nonzero().item<long>());
        }

        [Fact]
        public void Linear_attention_is_its_formula_and_local_attention_softmax_within_blocks()
        {
            using var scope = NewDisposeScope();
            Tensor q = randn(1, 2, 6, 3, float64), k = randn(1, 2, 6, 3, float64), v = randn(1, 2, 6, 3, float64);
            static Tensor Feature(Tensor x) => where(x > 0, x + 1, x.exp());
            var weights = Feature(q).matmul(Feature(k).transpose(-1, -2));
            Assert.True(new LinearMixing().Run(q, k, v, null).allclose((weights / weights.sum(-1, keepdim: true)).matmul(v)));
            var mixed = new LocalMixing(4, 0).Run(q, k, v, null);
            foreach (var (first, count) in new[] { (0, 4), (4, 2) })
            {
                var expected = SoftmaxMixing.Weights(q.narrow(2, first, count), k.narrow(2, first, count), null).matmul(v.narrow(2, first, count));
                Assert.True(mixed.narrow(2, first, count).allclose(expected));
            }
            Assert.True(new LocalMixing(50, 0).Run(q, k, v, null).allclose(new SoftmaxMixing(0).Run(q, k, v, null)));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Padding_changes_no_answer_and_a_saved_one_answers_alike(AttentionType type)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var folder = new TemporaryFolder();
        using var model = Build(deep with { Attention = type, PaddingId = 0 });
        var ids = Ids(2, 10).clamp_min(1);
        ids[1].narrow(0, 8, 2).zero_();
        var answer = model.call(ids);
        Assert.True(answer[1].allclose(model.call(ids[1].narrow(0, 0, 8).unsqueeze(0))[0], rtol: 1e-4, atol: 1e-5));
        ModelFolder.Save(model, folder.Path);
        using var again = ModelFolder.Load(folder.Path);
        again.eval();
        Assert.Equal(type, ((WideEncoderConfig)again.Config).Attention);
        Assert.True(again.call(ids).equal(answer).all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void One_wide_layer_learns_which_symbol_is_more_frequent(AttentionType type)
    {
        var data = new SymbolMajority { Train = 512, Test = 256, Validation = 0, Symbols = 4, Length = 12 }.Load(null);
        var random = new RandomStreams(0);
        random.SeedTorch("model");
        using var subject = new Subject { Model = (deep.Reaspect(1) with { Attention = type }).FitTo(data.Info).Build(), Data = data, Random = random };
        new Train { Updates = 80, BatchSize = 64, Optimizer = new AdamW { Lr = 0.01 } }.Apply(subject);
        Assert.True(Evaluation.Of(subject.Model, data.Test).Accuracy > 0.85, type.ToString());
    }

    [Fact]
    public void Symbols_are_counted_right_and_no_sequence_is_a_tie()
    {
        var data = new SymbolCounts("train", 200, symbols: 5, length: 20);
        var streams = new RandomStreams(1);
        long[] tokens = new long[20], targets = new long[1];
        int second = 0;
        for (int i = 0; i < data.Count; i++)
        {
            data.Write(i, streams.At("unused"), tokens, targets);
            int zeros = tokens.Count(token => token == 0), ones = tokens.Count(token => token == 1);
            Assert.True(targets[0] == 0 ? zeros > ones : ones > zeros);
            Assert.Equal(data.Label(i), targets[0]);
            second += (int)targets[0];
        }
        Assert.InRange(second, 70, 130);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SymbolCounts("train", 10, symbols: 1).Info);
    }
}
