using Frugal.Studies.Claims;
using Frugal.Studies.Reports;
using Frugal.Studies.Results;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Frugal.Cli.Studies;

/// <summary>The table that a study ends in, with its claims, budgets and advice.</summary>
internal static class StudyTable
{
    private const int WideEnoughForOneTable = 150;

    /// <summary>Prints everything a person wants to know at the end.</summary>
    public static void Write(IAnsiConsole console, StudyResult result)
    {
        console.WriteLine();
        if (console.Profile.Width >= WideEnoughForOneTable)
        {
            console.Write(Table(result, [.. Quality, .. Cost]));
        }
        else
        {
            console.Write(Table(result, Quality));
            console.Write(Table(result, Cost));
        }
        console.MarkupLine("[grey]* on the Pareto front: no other arm is at least as accurate, as small and as fast, and better in one of them. × is the gain over the baseline.[/]");
        foreach (var arm in result.Arms)
            WriteRemarks(console, arm);
        WriteBudgets(console, result);
        WriteClaims(console, result.Claims);
    }

    private static readonly ArmColumn[] Quality = [ArmColumn.Accuracy, ArmColumn.Parameters, ArmColumn.NonZero, ArmColumn.OnDisk, ArmColumn.Macs];

    private static readonly ArmColumn[] Cost = [ArmColumn.Training, ArmColumn.PeakMemory, ArmColumn.LatencyOfOne, ArmColumn.LatencyOf32];

    private static Table Table(StudyResult result, ArmColumn[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("arm") { NoWrap = true });
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(column.Title) { NoWrap = true }.RightAligned());
            if (HasGain(column))
                table.AddColumn(new TableColumn("×") { NoWrap = true }.RightAligned());
        }
        foreach (var arm in result.Arms)
            table.AddRow([Name(arm, result.Baseline), .. columns.SelectMany(column => Cells(column, arm, result.BaselineArm))]);
        return table;
    }

    private static Markup Name(ArmResult arm, string baseline)
    {
        string name = Markup.Escape(arm.Name) + (arm.IsOnParetoFront ? " *" : "");
        return new Markup(arm.Failure is not null ? $"[red]{name}[/]" : arm.Name == baseline ? $"[bold]{name}[/]" : name);
    }

    private static IEnumerable<Text> Cells(ArmColumn column, ArmResult arm, ArmResult baseline)
    {
        yield return new(column.Of(arm));
        if (HasGain(column))
            yield return new(arm.Failure is null ? Quantity.Ratio(column.Gain!(arm, baseline)) : Quantity.Absent);
    }

    // How much less time training took is in the report alone: a screen of 80 columns has no room for it.
    private static bool HasGain(ArmColumn column) => column.Gain is not null && column != ArmColumn.Training;

    private static void WriteRemarks(IAnsiConsole console, ArmResult arm)
    {
        if (arm.Failure is { } failure)
            console.MarkupLineInterpolated($"[red]{arm.Name} failed:[/] {failure}");
        foreach (string advice in arm.Advice)
            console.MarkupLineInterpolated($"[yellow]{arm.Name}:[/] {advice}");
    }

    private static void WriteBudgets(IAnsiConsole console, StudyResult result)
    {
        foreach (var budget in result.Budgets.Where(budget => !budget.Holds))
            console.MarkupLineInterpolated($"[red]Not a fair comparison:[/] {BudgetText.Of(budget)}.");
    }

    private static void WriteClaims(IAnsiConsole console, IReadOnlyList<ClaimVerdict> claims)
    {
        if (claims.Count == 0)
            return;
        console.WriteLine();
        foreach (var verdict in claims)
            console.Write(Line(verdict));
    }

    private static Markup Line(ClaimVerdict verdict)
    {
        string mark = verdict.Outcome switch
        {
            ClaimOutcome.Holds => "[green]holds  [/]",
            ClaimOutcome.Fails => "[red]fails  [/]",
            _ => "[yellow]unknown[/]",
        };
        string detail = ClaimText.Detail(verdict);
        return new Markup($"{mark}  {Markup.Escape(verdict.Claim.Text)}  [grey]{Markup.Escape(detail)}[/]\n");
    }
}
