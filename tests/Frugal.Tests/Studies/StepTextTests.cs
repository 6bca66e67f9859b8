using Frugal.Recipes;
using Frugal.Studies.Reports;

namespace Frugal.Tests.Studies;

public class StepTextTests
{
    private static string? Change(ModelSize before, ModelSize after) => StepText.Change(new("low-rank", before, after, 1, new Dictionary<string, double>()));

    [Fact]
    public void Tells_what_was_before_and_what_is_after() =>
        Assert.Equal("low-rank: parameters 2.00 k → 500, bytes 8.00 kB → 2.00 kB, multiply-adds 1.90 k → 400", Change(new(2000, 2000, 8000, 1900, 1900), new(500, 500, 2000, 400, 400)));

    [Fact]
    public void Tells_of_zeros_apart_from_what_is_stored()
    {
        string? line = Change(new(2000, 2000, 8000, 1900, 1900), new(2000, 1000, 8000, 1900, 950));
        Assert.Contains("parameters 2.00 k as before", line, StringComparison.Ordinal);
        Assert.Contains("not zero: parameters 2.00 k → 1.00 k, multiply-adds 1.90 k → 950", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_the_time_of_a_call_where_the_step_makes_calls_faster()
    {
        var (before, after) = (new ModelSize(2000, 2000, 8000, 1900, 1900), new ModelSize(2000, 2000, 4000, 1900, 1900));
        var report = new StepReport("pack", before, after, 1, new Dictionary<string, double>()) { LatencyBefore = new(1500, 24_000), LatencyAfter = new(500, 6000) };
        Assert.EndsWith("; latency 1.50 ms → 500 µs for one, 24.0 ms → 6.00 ms for 32", StepText.Change(report), StringComparison.Ordinal);
    }

    [Fact]
    public void Says_nothing_of_a_step_that_changed_nothing() => Assert.Null(Change(new(2000, 2000, 8000, 1900, 1900), new(2000, 2000, 8000, 1900, 1900)));
}
