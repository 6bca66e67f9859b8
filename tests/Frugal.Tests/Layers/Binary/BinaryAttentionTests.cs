using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Binary;

public sealed class BinaryAttentionTests : IDisposable
{
    private const double Lowest = -1e30;

    private readonly DisposeScope scope = NewDisposeScope();

    public BinaryAttentionTests() => manual_seed(6);

    public void Dispose() => scope.Dispose();

    private static BinaryAttention Calibrated(Tensor input, int rank = 1, long heads = 2)
    {
        var layer = new BinaryAttention(input.shape[^1], heads, rank);
        layer.eval();
        BinaryCalibration.Run(layer, [layer], input);
        return layer;
    }

    private static IEnumerable<Tensor> Estimators(BinaryAttention layer) =>
        layer.named_parameters().Where(own => own.name is ['q' or 'k' or 'v', '_', 'p' or 'm', '.', ..]).Select(own => (Tensor)own.parameter);

    [Fact]
    public void The_whole_layer_agrees_with_the_authors()
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "bipft", "layer.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Estimators_of_zeros_change_nothing_and_are_few_numbers(int rank)
    {
        using var mode = no_grad();
        var input = randn(2, 5, 24);
        using var layer = Calibrated(input, rank);
        using var plain = new BinaryAttention(24, 2, estimatorRank: 0);
        plain.eval();
        var weights = layer.state_dict();
        plain.load_state_dict(plain.state_dict().ToDictionary(own => own.Key, own => weights[own.Key]));
        Assert.Equal((4 * rank + 1) * (24 + 1), layer.parameters().Sum(parameter => parameter.numel()) - plain.parameters().Sum(parameter => parameter.numel()));
        Assert.False(layer.call(input).equal(plain.call(input)).all().item<bool>());
        foreach (var estimator in Estimators(layer))
            estimator.zero_();
        Assert.True(layer.call(input).equal(plain.call(input)).all().item<bool>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_scores_that_are_added_have_twice_the_rank_of_the_estimators_at_most(int rank)
    {
        using var mode = no_grad();
        using var layer = new BinaryAttention(24, 2, rank);
        foreach (var estimator in Estimators(layer))
            estimator.normal_();
        var singular = linalg.svdvals(layer.Missing(randn(3, 9, 24)).to(float64));
        Assert.True((singular.narrow(1, 2 * rank, 9 - 2 * rank) < 1e-4 * singular.narrow(1, 0, 1)).all().item<bool>());
        Assert.True((singular.select(1, 2 * rank - 1) > 1e-4 * singular.select(1, 0)).all().item<bool>());
    }

    [Fact]
    public void Keys_that_are_passed_over_have_no_bit()
    {
        using var mode = no_grad();
        var input = randn(2, 6, 24);
        using var layer = Calibrated(input);
        var mask = zeros(2, 1, 1, 6);
        mask[1, 0, 0, 4] = Lowest;
        var (_, weights) = layer.Attend(input, mask);
        Assert.Equal(0, weights[1].select(-1, 4).count_nonzero().item<long>());
        // What the key says then does not matter.
        var changed = input.clone();
        changed[1, 4].mul_(-3);
        var (one, two) = (layer.Attend(input, mask).Context, layer.Attend(changed, mask).Context);
        Assert.True(one[1].narrow(0, 0, 4).equal(two[1].narrow(0, 0, 4)).all().item<bool>());
    }

    [Fact]
    public void Products_are_those_of_counted_bits()
    {
        using var mode = no_grad();
        var input = randn(1, 16, 32);
        using var layer = Calibrated(input, rank: 0, heads: 1);
        float alphaWeights = layer.get_parameter("clip_attn")!.item<float>(), alphaValues = layer.get_parameter("clip_value")!.item<float>();
        var (context, weights) = layer.Attend(input, null);
        var bits = weights[0, 0].ne(0);
        Assert.True(weights.eq(0).logical_or(weights.eq(alphaWeights)).all().item<bool>());
        var signs = ((nn.Module<Tensor, Tensor>)ModuleSurgery.Find(layer, "value")).call(input)[0].ge(0);
        for (int token = 0; token < 16; token++)
        {
            for (int feature = 0; feature < 32; feature++)
            {
                long both = bits[token].logical_and(signs.select(1, feature)).sum().item<long>(), all = bits[token].sum().item<long>();
                Assert.Equal(alphaWeights * alphaValues * (2 * both - all), context[0, token, feature].item<float>(), 1e-5);
            }
        }
    }

    [Fact]
    public void Calibration_sets_every_step_from_what_it_is_given()
    {
        using var mode = no_grad();
        var input = randn(4, 7, 24);
        using var layer = Calibrated(input);
        var query = (BinaryLinear)ModuleSurgery.Find(layer, "query");
        Assert.Equal(2 * input.abs().mean().item<float>(), query.get_parameter("input_clip_val")!.item<float>(), 1e-6);
        Assert.Equal(2 * query.call(input).abs().mean().item<float>(), layer.get_parameter("clip_query")!.item<float>(), 1e-5);
        // Probabilities of 7 keys have a mean of a seventh.
        Assert.Equal(4.0 / 7, layer.get_parameter("clip_attn")!.item<float>(), 1e-5);
        layer.call(3 * input);
        Assert.Equal(4.0 / 7, layer.get_parameter("clip_attn")!.item<float>(), 1e-5);
        Assert.Equal(2 * input.abs().mean().item<float>(), query.get_parameter("input_clip_val")!.item<float>(), 1e-6);
    }

    [Fact]
    public void Rows_of_a_binary_table_have_their_own_scale_and_padding_learns_nothing()
    {
        using var dense = nn.Embedding(9, 6, padding_idx: 0);
        using var table = BinaryEmbedding.Of(dense, paddingId: 0);
        var ids = tensor([0L, 3, 8, 3], [2, 2]);
        var rows = table.call(ids);
        Assert.True(rows.equal(BinaryMath.WeightByRow(dense.weight!).index_select(0, ids.flatten()).view(2, 2, 6)).all().item<bool>());
        (rows * randn(2, 2, 6)).sum().backward();
        var gradient = table.Weight.grad!;
        Assert.Equal([0L, 0, 0, 6, 0, 0, 0, 0, 6], gradient.ne(0).sum(1).data<long>().ToArray());
    }

    [Fact]
    public void Bad_sizes_are_refused()
    {
        Assert.Contains("3 heads do not divide a width of 16", Assert.Throws<FrugalException>(() => new BinaryAttention(16, 3)).Message, StringComparison.Ordinal);
        Assert.Equal("dim", Assert.Throws<ArgumentOutOfRangeException>(() => new BinaryAttention(0)).ParamName);
        Assert.Equal("estimatorRank", Assert.Throws<ArgumentOutOfRangeException>(() => new BinaryAttention(8, estimatorRank: -1)).ParamName);
        Assert.Equal("numEmbeddings", Assert.Throws<ArgumentOutOfRangeException>(() => new BinaryEmbedding(0, 4)).ParamName);
    }
}
