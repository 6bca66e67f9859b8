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

    public class Reading_a_pattern
    {
        [Theory]
        [InlineData("unstructured", 1)]
        [InlineData("4x1", 4)]
        [InlineData("16x1", 16)]
        public void Keeps_its_text(string text, int outputs)
        {
            Assert.Equal(outputs, BlockPattern.Parse(text).Outputs);
            Assert.Equal(text, BlockPattern.Parse(text).ToString());
        }

        [Theory]
        [InlineData("")]
        [InlineData("2:4")]
        [InlineData("1x4")]
        [InlineData("0x1")]
        [InlineData("-4x1")]
        [InlineData("65x1")]
        public void Refuses_others(string text) => Assert.Throws<FormatException>(() => BlockPattern.Parse(text));
    }
}
