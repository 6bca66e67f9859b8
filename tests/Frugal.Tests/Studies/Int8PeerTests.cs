using Frugal.Recipes;
using Frugal.Studies.Results;

namespace Frugal.Tests.Studies;

/// <summary>Arms that 8-bit integers alone beat.</summary>
public class Int8PeerTests
{
    private static readonly ArmResult dense = Arm("dense", 0.97, 4000, 50, "train"), int8 = Arm("int8", 0.97, 1000, 20, "train", "quantize-int8");

    private static ArmResult Arm(string name, double accuracy, double bytes, double latency, params string[] steps)
    {
        var size = new ModelSize(1000, 1000, (long)bytes, null, null);
        return new ArmResult
        {
            Name = name,
            Runs =
            [
                new RunResult
                {
                    Key = name,
                    Seed = 0,
                    Recipe = "",
                    Version = "",
                    Metrics = new Dictionary<string, double> { [Metric.Accuracy] = accuracy, [Metric.Bytes] = bytes },
                    Steps = [.. steps.Select(step => new StepReport(step, size, size, 1, new Dictionary<string, double>()))],
                    Curve = [],
                    Layers = [],
                    Notes = [],
                },
            ],
            Latency = [new LatencyResult(1, latency, 1, 1, 1)],
        };
    }

    private static IReadOnlyList<string> AdviceOf(ArmResult arm, params ArmResult[] others) => Int8Peer.Mark([dense, .. others, arm], "dense").Single(marked => marked.Name == arm.Name).Advice;

    [Fact]
    public void A_method_that_is_larger_slower_and_no_better_is_told_so_with_numbers()
    {
        string advice = Assert.Single(AdviceOf(Arm("pruned", 0.96, 2000, 40, "train", "pack"), int8));
        Assert.Equal("Dominated by int8: 8-bit integers alone are at least as accurate (97.0 %), take 50 % of its bytes and 50 % of its time for one example.", advice);
    }

    [Fact]
    public void What_is_more_accurate_smaller_or_faster_is_not()
    {
        Assert.Empty(AdviceOf(Arm("accurate", 0.975, 2000, 40, "train", "pack"), int8));
        Assert.Empty(AdviceOf(Arm("small", 0.96, 500, 40, "train", "pack"), int8));
        Assert.Empty(AdviceOf(Arm("fast", 0.96, 2000, 10, "train", "pack"), int8));
    }

    [Fact]
    public void What_saves_nothing_is_not_compared() => Assert.Empty(AdviceOf(Arm("other optimiser", 0.96, 4000, 50, "train"), int8));

    [Fact]
    public void Only_the_baseline_s_own_recipe_in_integers_is_the_peer() =>
        Assert.Empty(AdviceOf(Arm("pruned", 0.96, 2000, 40, "train", "pack"), Arm("stacked", 0.97, 500, 10, "train", "low-rank", "quantize-int8")));
}
