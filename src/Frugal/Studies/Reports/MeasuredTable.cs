using System.Text;
using Frugal.Studies.Claims;
using Frugal.Studies.Results;

namespace Frugal.Studies.Reports;

/// <summary>The arms and claims of a study as Markdown, for pages that are read without running anything.</summary>
internal static class MeasuredTable
{
    private static readonly IReadOnlyList<ArmColumn> columns = [ArmColumn.Accuracy, ArmColumn.Parameters, ArmColumn.NonZero, ArmColumn.OnDisk, ArmColumn.Macs, ArmColumn.Training];

    public static string Of(StudyResult result)
    {
        var text = new StringBuilder();
        text.Append("| arm | ").AppendJoin(" | ", columns.Select(column => column.Title)).Append(" |\n| --- | ").AppendJoin(" | ", columns.Select(_ => "---:")).Append(" |\n");
        foreach (var arm in result.Arms)
        {
            IEnumerable<string> cells = arm.Failure is { } failure
                ? [$"failed: {FirstSentence.Of(failure)}", .. columns.Skip(1).Select(_ => "")]
                : columns.Select(column => column.Of(arm));
            text.Append("| ").AppendJoin(" | ", cells.Prepend(arm.Name)).Append(" |\n");
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
