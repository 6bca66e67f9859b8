using Frugal.Recipes;
using Frugal.Studies.Reports;
using Frugal.Studies.Shrinking;
using Spectre.Console;

namespace Frugal.Cli.Commands.Compress;

/// <summary>What <c>frugal compress</c> ends in: every stack, and why one was kept.</summary>
internal static class ShrinkTable
{
    public static void Write(IAnsiConsole console, ShrinkResult result, ShrinkGoal goal)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("stack") { NoWrap = true });
        table.AddColumn(new TableColumn(goal.Unit + " left") { NoWrap = true }.RightAligned());
        foreach (string title in (string[])["on disk", "latency, 1", "validation %", "test %"])
            table.AddColumn(new TableColumn(title) { NoWrap = true }.RightAligned());
        table.AddColumn("what it does");
        var original = result.Study.BaselineArm;
        table.AddRow(Cells(ShrinkRun.Original, "100 %", original, result.OriginalAccuracy, "the network as it was"));
        foreach (var stack in result.Stacks)
        {
            var arm = result.Study.Arms.Single(arm => arm.Name == stack.Name);
            var candidate = result.Candidates.FirstOrDefault(candidate => candidate.Name == stack.Name);
            string share = candidate is null ? "" : Quantity.Percent(candidate.Share) + " %" + (goal.IsMetBy(candidate.Share) ? "" : " !");
            table.AddRow(Cells(stack.Name, share, candidate is null ? null : arm, candidate?.Accuracy, candidate is null ? arm.Failure ?? "" : stack.What));
        }
        console.Write(table);
        if (result.Candidates.Any(candidate => !goal.IsMetBy(candidate.Share)))
            console.MarkupLineInterpolated($"[grey]! more than {goal}, and so not in question.[/]");
        console.MarkupLineInterpolated($"[grey]{ShrinkChoice.Rule}[/]");
        console.WriteLine();
        console.MarkupLineInterpolated(result.Choice.Winner is null ? (FormattableString)$"[red]{result.Choice.Reason}[/]" : $"[green]Kept[/] {result.Choice.Reason}");
    }

    private static Text[] Cells(string name, string share, Frugal.Studies.Results.ArmResult? arm, double? accuracy, string what) =>
    [
        new(name), new(share), new(Quantity.Bytes(arm?.Mean(Metric.Bytes))), new(Quantity.Microseconds(arm?.Mean(Metric.Latency1))),
        new(Quantity.Percent(accuracy)), new(Quantity.Percent(arm?.Mean(Metric.Accuracy))), new(what),
    ];
}
