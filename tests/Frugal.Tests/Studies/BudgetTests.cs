using Frugal.Recipes;
using Frugal.Studies;
using Frugal.Studies.Reports;
using Frugal.Studies.Results;

namespace Frugal.Tests.Studies;

public class BudgetTests
{
    private static readonly EqualBudget Updates = new() { Metric = Metric.TrainingUpdates, Arms = ["a", "b", "c"] };

    private static ArmResult Arm(string name, double updates) => MeasuredArm.Of(name, (Metric.TrainingUpdates, updates));

    [Fact]
    public void An_arm_that_failed_makes_no_comparison_unfair() => Assert.True(BudgetCheck.Of(Updates, [Arm("a", 300), new() { Name = "b", Runs = [], Failure = "out of memory" }, Arm("c", 300)]).Holds);

    [Fact]
    public void An_arm_that_did_not_measure_it_does() => Assert.False(BudgetCheck.Of(Updates, [Arm("a", 300), MeasuredArm.Of("b"), Arm("c", 300)]).Holds);

    [Fact]
    public void Few_arms_are_named_with_their_values_and_many_counted()
    {
        Assert.Equal(
            "training-updates should be equal within 1 %, but is 300 in a and c, 200 in b", BudgetText.Of(BudgetCheck.Of(Updates, [Arm("a", 300), Arm("b", 200), Arm("c", 300)])));
        string[] names = [.. Enumerable.Range(0, 50).Select(i => $"arm-{i}")];
        var many = new EqualBudget { Metric = Metric.TrainingUpdates, Arms = names };
        Assert.Equal(
            "training-updates should be equal within 1 %, but is 300 in 49 arms, 100 in arm-7", BudgetText.Of(BudgetCheck.Of(many, [.. names.Select((name, i) => Arm(name, i == 7 ? 100 : 300))])));
    }
}
