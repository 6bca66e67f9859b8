using Frugal.Recipes;
using Frugal.Studies.Results;

namespace Frugal.Tests.Studies;

public class ParetoFrontTests
{
    private static ArmResult Arm(string name, double? accuracy, double bytes, double? latency) =>
        (accuracy is { } known ? MeasuredArm.Of(name, (Metric.Bytes, bytes), (Metric.Accuracy, known)) : MeasuredArm.Of(name, (Metric.Bytes, bytes))) with
        {
            Latency = latency is { } time ? [new LatencyResult(1, time, 1, 1, 1)] : [],
        };

    private static string[] Front(params ArmResult[] arms) => [.. ParetoFront.Mark(arms).Where(arm => arm.IsOnParetoFront).Select(arm => arm.Name)];

    [Fact]
    public void Holds_the_arms_that_nothing_beats() => Assert.Equal(
        ["dense", "small"],
        Front(Arm("dense", 0.97, 1000, 50), Arm("small", 0.93, 100, 20), Arm("dominated", 0.92, 500, 30)));

    [Fact]
    public void Ignores_differences_in_latency_below_the_noise() => Assert.Equal(
        ["dense"], Front(Arm("dense", 0.97, 1000, 50), Arm("no better", 0.96, 1000, 49)));

    [Fact]
    public void Leaves_out_a_cost_that_was_not_measured_everywhere() => Assert.Equal(
        ["small"], Front(Arm("dense", 0.97, 1000, 10), Arm("small", 0.97, 100, null)));

    [Fact]
    public void An_arm_without_accuracy_is_not_on_it() => Assert.Equal(
        ["dense"], Front(Arm("dense", 0.97, 1000, 50), Arm("unmeasured", null, 10, 1)));
}
