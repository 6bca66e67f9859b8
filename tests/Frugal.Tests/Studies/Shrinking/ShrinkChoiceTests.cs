using Frugal.Studies.Shrinking;

namespace Frugal.Tests.Studies.Shrinking;

public class ShrinkChoiceTests
{
    private static readonly ShrinkGoal quarter = new(0.25);

    private static ShrinkChoice Choose(params ShrinkCandidate[] candidates) => ShrinkChoice.Of(candidates, quarter, validationExamples: 1000);

    [Fact]
    public void The_most_accurate_within_the_goal_is_kept()
    {
        var choice = Choose(new("large", 0.4, 0.99), new("good", 0.25, 0.95), new("poor", 0.1, 0.80));
        Assert.Equal("good", choice.Winner!.Name);
        Assert.Contains("of the 2 stacks within 25 % of the original's bytes", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_those_that_are_as_accurate_within_the_standard_error_the_smallest_is_kept()
    {
        // √(0.95 · 0.05 / 1000) = 0.0069.
        var choice = Choose(new("best", 0.25, 0.95), new("smaller", 0.20, 0.944), new("smallest", 0.15, 0.942));
        Assert.Equal("smaller", choice.Winner!.Name);
        Assert.Contains("best is the most accurate with 95.0 %", choice.Reason, StringComparison.Ordinal);
        Assert.Contains("standard error of 0.7 points", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_rounds_to_the_goal_has_reached_it()
    {
        Assert.Equal("int8", Choose(new ShrinkCandidate("int8", 0.2549, 0.9)).Winner!.Name);
        Assert.Null(Choose(new ShrinkCandidate("int8", 0.2551, 0.9)).Winner);
    }

    [Fact]
    public void Without_one_that_is_small_enough_nothing_is_kept_and_the_smallest_is_named()
    {
        var choice = Choose(new("a", 0.5, 0.9), new("b", 0.3, 0.8));
        Assert.Null(choice.Winner);
        Assert.Contains("the smallest, b, has 30 %", choice.Reason, StringComparison.Ordinal);
        Assert.Contains("No stack was finished", Choose().Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("25%", 0.25)]
    [InlineData("12.5 %", 0.125)]
    [InlineData("0.5", 0.5)]
    public void A_share_is_read_in_percent_or_as_a_number(string text, double share) => Assert.Equal(share, ShrinkGoal.ParseShare(text), 1e-12);

    [Theory]
    [InlineData("25")]
    [InlineData("0")]
    [InlineData("100%")]
    [InlineData("-5%")]
    [InlineData("a quarter")]
    public void What_is_no_share_is_refused(string text) => Assert.Contains("25%", Assert.Throws<FormatException>(() => ShrinkGoal.ParseShare(text)).Message, StringComparison.Ordinal);
}
