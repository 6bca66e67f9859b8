using Frugal.Training.Methods.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Pruning;

public class NofMMaskTests
{
    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: float64, generator: generator);
    }

    private static Tensor Mask(Tensor weight, NofMPattern pattern, Tensor? norms = null) => NofMMask.Of(NofMMask.Scores(weight, norms), pattern);

    [Theory]
    [InlineData("2:4")]
    [InlineData("1:16")]
    [InlineData("3:8")]
    [InlineData("1:3")]
    public void Every_group_keeps_exactly_so_many(string text)
    {
        using var scope = NewDisposeScope();
        var pattern = NofMPattern.Parse(text);
        var mask = Mask(Random(1, 7, 48), pattern);
        Assert.All(mask.reshape(-1, pattern.Group).sum(1).data<double>().ToArray(), kept => Assert.Equal(pattern.Kept, kept));
    }

    [Fact]
    public void No_other_mask_of_the_pattern_is_nearer_to_the_weights()
    {
        using var scope = NewDisposeScope();
        var weight = Random(2, 1, 4);
        double lost = (weight * (1 - Mask(weight, NofMPattern.TwoOfFour))).square().sum().ToDouble();
        for (int code = 0; code < 16; code++)
        {
            if (System.Numerics.BitOperations.PopCount((uint)code) != 2)
                continue;
            var other = tensor(Enumerable.Range(0, 4).Select(i => (double)(code >> i & 1)).ToArray(), [1, 4]);
            Assert.True(lost <= (weight * (1 - other)).square().sum().ToDouble());
        }
    }

    [Fact]
    public void Inputs_of_one_size_leave_the_choice_to_magnitude()
    {
        using var scope = NewDisposeScope();
        var weight = Random(3, 6, 16);
        Assert.True(Mask(weight, NofMPattern.TwoOfFour, full(16, 2.5, float64)).allclose(Mask(weight, NofMPattern.TwoOfFour), 0, 0));
    }

    [Fact]
    public void A_large_input_saves_a_small_weight()
    {
        using var scope = NewDisposeScope();
        var weight = tensor([1.0, 0.1, 2, 3], [1, 4]);
        Assert.Equal([0.0, 0, 1, 1], Mask(weight, NofMPattern.TwoOfFour).data<double>().ToArray());
        Assert.Equal([0.0, 1, 0, 1], Mask(weight, NofMPattern.TwoOfFour, tensor([1.0, 1e4, 1, 1])).data<double>().ToArray());
    }

    [Fact]
    public void Of_equal_scores_the_lower_inputs_stay()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1.0, 1, 0, 0], Mask(full([1, 4], -0.5, float64), NofMPattern.TwoOfFour).data<double>().ToArray());
    }

    [Theory]
    [InlineData("2:2")]
    [InlineData("0:4")]
    [InlineData("2:4:8")]
    [InlineData("half")]
    public void A_pattern_that_is_none_is_refused(string text) => Assert.Contains("2:4", Assert.Throws<FormatException>(() => NofMPattern.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Scores_that_groups_do_not_divide_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => NofMMask.Of(Random(4, 2, 6), NofMPattern.TwoOfFour));
    }
}
