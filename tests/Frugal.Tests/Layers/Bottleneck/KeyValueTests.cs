using Frugal.Interop;
using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public sealed class KeyValueTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: float64, generator: generator);
    }

    private static KeyValueBottleneck Layer(long keys = 6, ValueDecoder decoder = ValueDecoder.Mean, bool poolsPositions = false, double deviation = 1)
    {
        manual_seed(3);
        var layer = new KeyValueBottleneck(10, 4, numCodebooks: 5, keys, keyDim: 3, decoder: decoder, valueDim: 7, hiddenDim: 9, initialDeviation: deviation, poolsPositions: poolsPositions);
        layer.to(float64);
        return layer;
    }

    private static double Largest(Tensor difference) => difference.abs().max().item<double>();

    [Theory]
    [InlineData("lookup")]
    [InlineData("ema")]
    [InlineData("stream")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "dkvb", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    [Fact]
    public void A_key_is_the_nearest_one_to_itself_and_of_equal_ones_the_first_is_taken()
    {
        var keys = Random(1, 3, 40, 2);
        Assert.True(KeyValueMath.Nearest(keys.transpose(0, 1), keys).eq(arange(40).unsqueeze(1)).all().item<bool>());
        var twice = cat([keys, keys], 1);
        Assert.True(KeyValueMath.Nearest(Random(2, 500, 3, 2), twice).lt(40).all().item<bool>());
    }

    [Fact]
    public void The_nearest_key_is_that_of_the_plain_formula_far_from_the_origin_too()
    {
        var (heads, keys) = (Random(1, 200, 3, 2) + 1e4, Random(2, 3, 20, 2) + 1e4);
        var plain = (heads.unsqueeze(2) - keys.unsqueeze(0)).square().sum(-1).argmin(-1);
        Assert.True(KeyValueMath.Nearest(heads, keys).eq(plain).all().item<bool>());
    }

    [Fact]
    public void Equal_values_give_the_same_output_for_every_input()
    {
        var layer = Layer();
        using (no_grad())
            layer.Values.copy_(tensor(new double[] { 1, -2, 3, 4 }).expand(5, 6, 4));
        Assert.InRange(Largest(layer.call(Random(1, 8, 10)) - tensor(new double[] { 1, -2, 3, 4 })), 0, 1e-12);
    }

    [Fact]
    public void One_key_tells_nothing_of_the_input()
    {
        var output = Layer(keys: 1).call(Random(1, 8, 10));
        Assert.Equal(0, Largest(output - output[0]));
    }

    [Fact]
    public void Order_of_codebooks_does_not_matter_to_the_mean()
    {
        KeyValueBottleneck layer = Layer(), other = Layer();
        other.load_state_dict(layer.state_dict().ToDictionary(own => own.Key, own => own.Value.flip(0)));
        var input = Random(1, 8, 10);
        Assert.InRange(Largest(layer.call(input) - other.call(input)), 0, 1e-12);
    }

    [Fact]
    public void Averages_without_memory_are_a_step_of_k_means()
    {
        var (heads, keys) = (Random(1, 300, 2, 3), Random(2, 2, 4, 3));
        var index = KeyValueMath.Nearest(heads, keys);
        var (counts, _, moved) = KeyValueMath.Follow((ones(2, 4, float64), keys), heads, index, decay: 0, epsilon: 0);
        Assert.Equal(300, counts[0].sum().item<double>(), 9);
        for (long codebook = 0; codebook < 2; codebook++)
            for (long key = 0; key < 4; key++)
            {
                var own = heads.select(1, codebook).index_select(0, index.select(1, codebook).eq(key).nonzero().squeeze(1));
                Assert.InRange(Largest(own.mean([0]) - moved[codebook, key]), 0, 1e-12);
            }
    }

    [Fact]
    public void Gradient_is_softmax_less_target_over_codebooks_and_examples_where_a_value_was_read_and_zero_elsewhere()
    {
        var layer = Layer(deviation: 0.5);
        var (input, labels) = (Random(1, 3, 10).requires_grad_(), tensor(new long[] { 2, 0, 3 }));
        var logits = layer.call(input);
        nn.functional.cross_entropy(logits, labels).backward();
        var share = (logits.softmax(-1) - nn.functional.one_hot(labels, 4)) / (5 * 3);
        var expected = zeros_like(layer.Values);
        var index = layer.Codebooks.Index(input);
        for (int row = 0; row < 3; row++)
            for (int codebook = 0; codebook < 5; codebook++)
                expected[codebook, index[row, codebook].item<long>()] += share[row];
        Assert.InRange(Largest(layer.Values.grad! - expected), 0, 1e-12);
        Assert.Null(input.grad);
    }

    [Fact]
    public void Training_on_one_stream_leaves_the_rows_that_only_another_reads_and_all_keys_bit_for_bit()
    {
        var layer = Layer(keys: 50);
        var (inputs, labels) = (Random(1, 6, 10), tensor(new long[] { 0, 1, 2, 3, 0, 1 }));
        var (before, state) = (layer.Values.detach().clone(), layer.Codebooks.state_dict().ToDictionary(own => own.Key, own => own.Value.clone()));
        for (int step = 0; step < 4; step++)
        {
            layer.zero_grad();
            nn.functional.cross_entropy(layer.call(inputs), labels).backward();
            using var mode = no_grad();
            layer.Values.add_(layer.Values.grad!, alpha: -1);
        }
        var isRead = zeros(5, 50, ScalarType.Bool);
        var index = layer.Codebooks.Index(inputs);
        for (int codebook = 0; codebook < 5; codebook++)
            isRead[codebook].index_fill_(0, index.select(1, codebook), true);
        var hasChanged = layer.Values.ne(before).any(-1);
        Assert.True(hasChanged.eq(isRead).all().item<bool>());
        Assert.InRange(hasChanged.sum().item<long>(), 5, 6 * 5);
        Assert.All(layer.Codebooks.state_dict(), own => Assert.True(own.Value.equal(state[own.Key]).all().item<bool>(), own.Key));
        Assert.Equal(["values"], layer.named_parameters().Select(own => own.name));
    }

    [Theory]
    [InlineData(ValueDecoder.Mean)]
    [InlineData(ValueDecoder.MeanNetwork)]
    [InlineData(ValueDecoder.ConcatenatedNetwork)]
    public void Every_decoder_gives_the_width_that_is_asked_for_and_trains_all_it_holds(ValueDecoder decoder)
    {
        var layer = Layer(decoder: decoder);
        var output = layer.call(Random(1, 2, 3, 10));
        Assert.Equal([2L, 3, 4], output.shape);
        output.square().sum().backward();
        Assert.All(layer.parameters(), parameter => Assert.True(parameter.grad!.abs().max().item<double>() > 0));
    }

    [Theory]
    [InlineData(ValueDecoder.Mean)]
    [InlineData(ValueDecoder.ConcatenatedNetwork)]
    public void Positions_are_quantized_one_by_one_and_their_values_averaged(ValueDecoder decoder)
    {
        KeyValueBottleneck pooled = Layer(decoder: decoder, poolsPositions: true), single = Layer(decoder: decoder);
        var input = Random(1, 2, 3, 4, 10);
        Assert.Equal([2L, 4], pooled.call(input).shape);
        if (decoder == ValueDecoder.Mean)
            Assert.InRange(Largest(pooled.call(input) - single.call(input).mean([1L, 2])), 0, 1e-12);
        Assert.InRange(Largest(pooled.call(input.narrow(1, 0, 1).expand(-1, 3, -1, -1)) - pooled.call(input.narrow(1, 0, 1))), 0, 1e-12);
    }

    [Fact]
    public void Split_heads_are_parts_of_the_input()
    {
        var keys = new DiscreteKeys(12, numCodebooks: 4, projection: KeyProjection.Split);
        var input = rand(3, 12);
        Assert.True(keys.Heads(input).flatten(1).equal(input).all().item<bool>());
        Assert.Equal([4L, 64, 3], keys.Keys.shape);
        Assert.DoesNotContain("rand_proj", keys.state_dict().Keys);
        Assert.Equal([3L, 12], keys.call(input).shape);
        Assert.Contains("5 equal parts", Assert.Throws<FrugalException>(() => new DiscreteKeys(12, numCodebooks: 5, projection: KeyProjection.Split)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_are_found_lie_nearer_to_the_features_than_rows_of_them()
    {
        var features = Random(1, 400, 10).to(float32);
        double ErrorAfter(int epochs)
        {
            manual_seed(1);
            var keys = new DiscreteKeys(10, 4, 8, 2);
            new KeyAverages { Epochs = epochs, BatchSize = 50, Decay = 0.8 }.Find(keys, features, new RandomStreams(0));
            return (keys.Heads(features).flatten(1) - keys.call(features)).square().mean().item<float>();
        }

        double rows = ErrorAfter(0), found = ErrorAfter(6);
        Assert.True(found < 0.8 * rows, $"{rows} with rows of the data, {found} after averages");
    }

    [Fact]
    public void A_key_that_nothing_is_near_becomes_a_row_of_the_batch()
    {
        var features = Random(1, 50, 4).to(float32);
        var keys = new DiscreteKeys(4, 1, 3, projection: KeyProjection.Split);
        using (no_grad())
            keys.Keys[0, 2].fill_(1e6);
        keys.Follow(keys.Heads(features), new() { Decay = 0.5, DeadKeyThreshold = 0.6 }, new RandomStream(1));
        Assert.True((features - keys.Keys[0, 2]).abs().sum(-1).eq(0).any().item<bool>());
        keys.Keys[0, 2].fill_(1e6);
        keys.Follow(keys.Heads(features), new() { Decay = 0.5 }, new RandomStream(1));
        Assert.True(keys.Keys[0, 2].abs().max().item<float>() > 0);
        Assert.False((features - keys.Keys[0, 2]).abs().sum(-1).eq(0).any().item<bool>());
    }

    [Fact]
    public void Bad_options_and_inputs_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiscreteKeys(4, numCodebooks: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyValueBottleneck(4, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyAverages { Decay = 1 });
        Assert.Contains("width 10", Assert.Throws<FrugalException>(() => Layer().call(Random(1, 2, 9))).Message, StringComparison.Ordinal);
        Assert.Contains("none", Assert.Throws<FrugalException>(() => new KeyAverages().Find(new DiscreteKeys(4), zeros(0, 4), new RandomStreams(0))).Message, StringComparison.Ordinal);
    }
}
