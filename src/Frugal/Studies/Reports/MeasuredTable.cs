using System.Text;
using Frugal.Recipes;
using Frugal.Studies.Claims;
using Frugal.Studies.Results;

namespace Frugal.Studies.Reports;

/// <summary>The arms and claims of a study as Markdown, for pages that are read without running anything.</summary>
internal static class MeasuredTable
{
    public static string Of(StudyResult result)
    {
        var text = new StringBuilder();
        text.Append("| arm | accuracy % | parameters | non-zero | on disk | MACs | training |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var arm in result.Arms)
        {
            string[] cells = arm.Failure is { } failure
                ? [arm.Name, $"failed: {FirstSentence.Of(failure)}", "", "", "", "", ""]
                : [
                    arm.Name,
                    Quantity.Percent(arm.Mean(Metric.Accuracy), arm.Spread(Metric.Accuracy)),
                    Quantity.Count(arm.Mean(Metric.Parameters)),
                    Quantity.Count(arm.Mean(Metric.NonZeroParameters)),
                    Quantity.Bytes(arm.Mean(Metric.Bytes)),
                    Quantity.Count(arm.Mean(Metric.Flops)),
                    Quantity.Seconds(arm.Mean(Metric.TrainingTime)),
                ];
            text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }
        if (result.Claims.Count > 0)
            text.Append("\n| claim | measured | verdict |\n| --- | --- | --- |\n");
        foreach (var verdict in result.Claims)
            text.Append($"| `{verdict.Claim.Text}` | {ClaimText.Detail(verdict)} | {Word(verdict.Outcome)} |\n");
        string seeds = result.Seeds.Count == 1 ? "one seed" : $"{result.Seeds.Count} seeds";
        text.Append($"\nData: `{result.Data.Replace('\n', ' ')}`, {seeds}; {result.Machine.Processor}, {result.Machine.UsableProcessors} processors, {result.Finished:yyyy-MM-dd}.\n");
        return text.ToString();
    }

    private static string Word(ClaimOutcome outcome) => outcome switch
    {
        ClaimOutcome.Holds => "holds",
        ClaimOutcome.Fails => "**fails**",
        _ => "**unknown**",
    };
}
