using Frugal.Studies.Claims;

namespace Frugal.Tests.Studies;

public class ClaimTests
{
    private static readonly Dictionary<string, double[]> Measured = new()
    {
        ["dense.accuracy"] = [0.95, 0.97],
        ["low-rank.accuracy"] = [0.94, 0.95],
        ["dense.flops"] = [1000, 1000],
        ["low-rank.flops"] = [400, 400],
    };

    private static ClaimVerdict Judge(string text) =>
        Claim.Parse(text).Judge((arm, metric) => Measured.GetValueOrDefault($"{arm}.{metric}", []));

    [Theory]
    [InlineData("low-rank.flops <= 0.55 * dense.flops", true)]
    [InlineData("low-rank.flops <= 0.3 * dense.flops", false)]
    [InlineData("low-rank.accuracy >= dense.accuracy - 0.02", true)]
    [InlineData("low-rank.accuracy >= dense.accuracy - 0.01", false)]
    [InlineData("dense.flops / low-rank.flops == 5 / (4 - 2)", true)]
    [InlineData("abs(low-rank.accuracy - dense.accuracy) < 2e-2", true)]
    [InlineData("max(dense.accuracy, low-rank.accuracy) == dense.accuracy", true)]
    [InlineData("min(1, 2, 3) + -1 == 0", true)]
    [InlineData("2 + 3 * 4 == 14", true)]
    [InlineData("10 - 4 - 3 == 3", true)]
    [InlineData("std(dense.accuracy) < 0.0142", true)]
    [InlineData("std(dense.accuracy) > 0.0141", true)]
    public void Is_judged_on_the_mean_over_seeds(string text, bool holds) =>
        Assert.Equal(holds ? ClaimOutcome.Holds : ClaimOutcome.Fails, Judge(text).Outcome);

    [Fact]
    public void Shows_the_spread_of_the_gap_between_its_sides()
    {
        var verdict = Judge("dense.accuracy >= low-rank.accuracy");
        Assert.Equal(0.96, verdict.Left!.Value, 12);
        Assert.Equal(0.945, verdict.Right!.Value, 12);
        // gaps 0.01 and 0.02
        Assert.Equal(0.01 / Math.Sqrt(2), verdict.Spread!.Value, 12);
    }

    [Theory]
    [InlineData("monarch.accuracy > 0.5")]
    [InlineData("dense.latency-1 > 0")]
    public void What_was_not_measured_leaves_it_unknown(string text)
    {
        var verdict = Judge(text);
        Assert.Equal(ClaimOutcome.Unknown, verdict.Outcome);
        Assert.Contains("was not measured", verdict.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dense.accuracy", "expected one of")]
    [InlineData("dense > 0.5", "expected '.'")]
    [InlineData("dense.accuracy > 0.5 0.6", "expected nothing more")]
    [InlineData("dense.accuracy > ", "found the end")]
    [InlineData("(dense.accuracy > 1", "expected ')'")]
    [InlineData("mean(dense.accuracy) > 1", "functions are")]
    [InlineData("1.2.3 > 1", "not a number")]
    public void Nonsense_is_refused_with_its_place(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FrugalException>(() => Claim.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Lists_what_it_speaks_of() => Assert.Equal(
        [("monarch", "flops"), ("dense", "flops")], Claim.Parse("monarch.flops < dense.flops / 2").References);
}
