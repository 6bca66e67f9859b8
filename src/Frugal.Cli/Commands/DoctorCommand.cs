using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Frugal.Cli.Commands.Doctor;
using Spectre.Console;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal doctor</c>: says whether Frugal can work on this machine, and what would make it work better.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static Command Create()
    {
        var asJson = new Option<bool>("--json") { Description = "Print an object with `usable` and `findings` instead of text." };
        var command = new FrugalCommand("doctor", "Look at this machine, the native libraries and the folders, and say what is not as it should be.",
            new("frugal doctor", "What was found, and how to mend what is wrong."),
            new("frugal doctor --json", "The same for a program."))
        {
            asJson,
        };
        command.SetAction(arguments =>
        {
            var diagnosis = Diagnosis.Make();
            if (arguments.GetValue(asJson))
                CommandOutput.Of(arguments).Text.WriteLine(JsonSerializer.Serialize(diagnosis, json));
            else
                Print(diagnosis, CommandOutput.Of(arguments).Console);
            return diagnosis.Usable ? 0 : 1;
        });
        return command;
    }

    /// <summary>A line for each finding, its remedy below it, and the verdict at the end.</summary>
    internal static void Print(Diagnosis diagnosis, IAnsiConsole console)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var finding in diagnosis.Findings)
        {
            grid.AddRow(Mark(finding.Verdict), new Text(finding.Subject), new Text(finding.Found));
            if (finding.Remedy is { } remedy)
                grid.AddRow(new Text(""), new Text(""), new Text($"→ {remedy}"));
        }
        console.Write(grid);
        var warnings = diagnosis.Findings.Count(finding => finding.Verdict == Verdict.Warn);
        console.WriteLine(!diagnosis.Usable ? "Frugal cannot work here until what is marked FAIL is mended."
            : warnings == 0 ? "Everything is as it should be."
            : $"Frugal works here; {warnings} of these could be better.");
    }

    private static Markup Mark(Verdict verdict) => new(verdict switch
    {
        Verdict.Ok => "[green]ok[/]",
        Verdict.Warn => "[yellow]warn[/]",
        _ => "[red]FAIL[/]",
    });
}
