using Frugal.Tests.Training.Optimizers;
using Frugal.Training.Methods.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Pruning;

public class MagnitudeMaskTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.37)]
    [InlineData(0.5)]
    [InlineData(0.95)]
    [InlineData(0.9999)]
    public void Keeps_the_largest_and_exactly_so_many(double sparsity)
    {
        using var scope = NewDisposeScope();
        var weights = Problem.Normal(1, 12, 11);
        var mask = MagnitudeMask.Of(weights, sparsity, BlockPattern.Unstructured);
        long kept = MagnitudeMask.KeptCount(132, sparsity);
        Assert.Equal(kept, mask.sum().ToDouble());
        Assert.Equal(Math.Max(1, Math.Round(132 * (1 - sparsity), MidpointRounding.ToEven)), kept);
        double[] squares = [.. weights.pow(2).flatten().data<double>().ToArray().Order()];
        Assert.Equal(squares[..^(int)kept].Sum(), (weights - weights * mask).pow(2).sum().ToDouble(), 1e-12);
        if (kept < 132)
            Assert.True((weights.abs() * (1 - mask)).max().ToDouble() <= weights.abs().masked_select(mask.to(@bool)).min().ToDouble());
    }

    [Fact]
    public void Ties_keep_more_and_never_fewer()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(12, MagnitudeMask.Of(ones(3, 4), 0.5, BlockPattern.Unstructured).sum().ToDouble());
    }

    [Fact]
    public void Rounds_half_to_even()
    {
        Assert.Equal(2, MagnitudeMask.KeptCount(5, 0.5));
        Assert.Equal(4, MagnitudeMask.KeptCount(7, 0.5));
    }

    [Fact]
    public void Blocks_with_the_largest_norm_stay_whole()
    {
        using var scope = NewDisposeScope();
        var weights = Problem.Normal(3, 8, 5, 3, 3);
        var mask = MagnitudeMask.Of(weights, 0.6, BlockPattern.FourByOne).reshape(2, 4, 45);
        Assert.True(mask.eq(mask.narrow(1, 0, 1)).all().item<bool>());
        var norms = weights.reshape(2, 4, 45).pow(2).sum(1).sqrt();
        var kept = mask.narrow(1, 0, 1).squeeze(1);
        Assert.Equal(MagnitudeMask.KeptCount(90, 0.6), kept.sum().ToDouble());
        Assert.True((norms * (1 - kept)).max().ToDouble() <= norms.masked_select(kept.to(@bool)).min().ToDouble());
    }

    [Fact]
    public void Outputs_left_over_form_a_smaller_block_judged_by_its_mean()
    {
        using var scope = NewDisposeScope();
        var weights = ones(10, 3, float64);
        weights[8..].mul_(2);
        var mask = MagnitudeMask.Of(weights, 0.7, BlockPattern.FourByOne);
        Assert.True(mask.eq(weights.eq(2).to(float64)).all().item<bool>());
    }

    [Fact]
    public void Blocks_of_one_are_single_weights()
    {
        using var scope = NewDisposeScope();
        var weights = Problem.Normal(5, 6, 7);
        Assert.True(MagnitudeMask.Of(weights, 0.5, new BlockPattern(1)).eq(MagnitudeMask.Of(weights, 0.5, BlockPattern.Unstructured)).all().item<bool>());
    }

    [Theory]
    [InlineData("2x2")]
    [InlineData("3x4")]
    [InlineData("filter")]
    [InlineData("channel")]
    public void Blocks_of_any_form_cover_every_weight_once(string text)
    {
        using var scope = NewDisposeScope();
        var pattern = BlockPattern.Parse(text);
        var weights = Problem.Normal(9, 7, 5, 3, 3);
        var (scores, sizes) = (pattern.Scores(weights), pattern.Sizes(weights));
        Assert.Equal(weights.numel(), sizes.sum().ToDouble());
        Assert.Equal(weights.pow(2).sum().ToDouble(), (scores.pow(2) * sizes).sum().ToDouble(), 1e-9);
        // Spread over its weights, each block's number is there as often as the block has weights.
        var spread = pattern.Spread(arange(scores.numel()).to(float64), weights.shape);
        Assert.Equal(sizes.data<double>().ToArray(), spread.flatten().to(int64).bincount(null).to(float64).data<double>().ToArray());
    }

    [Fact]
    public void A_channel_has_all_outputs_and_places_and_a_filter_all_inputs()
    {
        using var scope = NewDisposeScope();
        var weights = ones(4, 3, 2, 2, float64);
        weights.select(1, 1).mul_(3);
        Assert.Equal([1.0, 3, 1], BlockPattern.Channel.Scores(weights).data<double>().ToArray());
        weights = ones(4, 3, 2, 2, float64);
        weights[2].mul_(3);
        Assert.Equal([1.0, 1, 3, 1], BlockPattern.Filter.Scores(weights).data<double>().ToArray());
    }

    [Fact]
    public void One_threshold_for_all_layers_counts_weights_and_not_blocks()
    {
        using var scope = NewDisposeScope();
        var (small, large) = (ones(4, 2, float64), 2 * ones(4, 8, float64));
        // Eight filters of 2 and 8 weights: half of the 40 weights are left with the three largest filters, not with four.
        Assert.Equal(2, MagnitudeMask.GlobalThreshold([small, large + arange(4).to(float64).view(4, 1) * 0], 0.5, BlockPattern.Filter));
        Assert.Equal(1, MagnitudeMask.GlobalThreshold([small, large], 0.1, BlockPattern.Filter));
    }

    public class Reading_a_pattern
    {
        [Theory]
        [InlineData("unstructured", 1)]
        [InlineData("4x1", 4)]
        [InlineData("16x1", 16)]
        [InlineData("4x8", 4)]
        [InlineData("filter", 1)]
        [InlineData("channel", 0)]
        public void Keeps_its_text(string text, int outputs)
        {
            Assert.Equal(outputs, BlockPattern.Parse(text).Outputs);
            Assert.Equal(text, BlockPattern.Parse(text).ToString());
        }

        [Theory]
        [InlineData("")]
        [InlineData("2:4")]
        [InlineData("0x1")]
        [InlineData("-4x1")]
        [InlineData("65x1")]
        public void Refuses_others(string text) => Assert.Throws<FormatException>(() => BlockPattern.Parse(text));
    }
}
