using System.Text.RegularExpressions;
using Frugal.Recipes;
using Frugal.Studies.Reports;
using Frugal.Studies.Reports.Charts;
using Frugal.Studies.Results;

namespace Frugal.Tests.Studies;

public partial class ParetoChartTests
{
    private static ArmResult Arm(string name, double accuracy, double bytes) => MeasuredArm.Of(name, (Metric.Accuracy, accuracy), (Metric.Bytes, bytes));

    private static string Draw(IEnumerable<ArmResult> arms) => ParetoChart.Draw([.. arms], new HashSet<string>(), Metric.Bytes, "bytes on disk", Quantity.Bytes)!;

    [Fact]
    public void A_few_arms_are_all_named_even_where_their_points_touch()
    {
        string chart = Draw(Enumerable.Range(0, 10).Select(i => Arm($"arm-{i}", 0.9 + i * 1e-6, 1000)));
        Assert.All(Enumerable.Range(0, 10), i => Assert.Contains($">arm-{i}</text>", chart, StringComparison.Ordinal));
        Assert.DoesNotContain("left out", chart, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_arms_those_without_room_go_unnamed_but_never_one_of_the_front()
    {
        var crowd = Enumerable.Range(0, 60).Select(i => Arm($"crowd-{i}", 0.7 + i % 7 * 1e-3, 5000 + i));
        string chart = Draw([.. crowd, Arm("an-arm-at-the-left-edge-with-a-name-for-which-no-side-has-room", 0.75, 900), Arm("small", 0.8, 1000), Arm("good", 0.95, 3000)]);
        Assert.Contains(">an-arm-at-the-left-edge-with-a-name-for-which-no-side-has-room</text>", chart, StringComparison.Ordinal);
        Assert.Contains(">small</text>", chart, StringComparison.Ordinal);
        Assert.Contains(">good</text>", chart, StringComparison.Ordinal);
        Assert.InRange(Label().Count(chart), 4, 40);
        Assert.Contains("Names without room are left out: point at a dot to read its arm.", chart, StringComparison.Ordinal);
        // Each point says its name when it is pointed at.
        Assert.All(Enumerable.Range(0, 60), i => Assert.Contains($"crowd-{i}: ", chart, StringComparison.Ordinal));
    }

    [GeneratedRegex("class=\"label\"")]
    private static partial Regex Label();
}
