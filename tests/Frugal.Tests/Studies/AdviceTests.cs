using Frugal.Recipes;
using Frugal.Studies.Results;

namespace Frugal.Tests.Studies;

public class AdviceTests
{
    private static ArmResult Arm(double nonZero, params string[] steps)
    {
        var size = new ModelSize(1000, (long)nonZero, 4000, null, null);
        return new ArmResult
        {
            Name = "arm",
            Runs =
            [
                new RunResult
                {
                    Key = "key",
                    Seed = 0,
                    Recipe = "",
                    Version = "",
                    Metrics = new Dictionary<string, double> { [Metric.Parameters] = 1000, [Metric.NonZeroParameters] = nonZero, [Metric.Bytes] = 4000 },
                    Steps = [.. steps.Select(step => new StepReport(step, size, size, 1, new Dictionary<string, double>()))],
                    Curve = [],
                    Layers = [],
                    Notes = [],
                },
            ],
        };
    }

    [Fact]
    public void Zeros_that_save_nothing_are_told_with_the_step_that_would() =>
        Assert.Contains("end the recipe with `pack`", Assert.Single(Advice.For(Arm(100, "train"))), StringComparison.Ordinal);

    [Fact]
    public void A_recipe_that_packs_already_is_not_told_to_pack() =>
        Assert.Contains("`pack` left layers dense", Assert.Single(Advice.For(Arm(100, "train", "pack"))), StringComparison.Ordinal);

    [Fact]
    public void A_dense_model_needs_no_advice() => Assert.Empty(Advice.For(Arm(1000, "train")));
}
