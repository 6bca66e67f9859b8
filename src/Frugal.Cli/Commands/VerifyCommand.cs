using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Frugal.Interop;
using Spectre.Console;
using static System.FormattableString;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal verify</c>: runs golden cases and says how far the results are from the reference's.</summary>
internal static class VerifyCommand
{
    private static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "The folder that holds SLUG/CASE.safetensors." };
        var slugs = new Argument<string[]>("SLUG") { Description = "Which methods to verify; all folders of DIR when none is named.", Arity = ArgumentArity.ZeroOrMore };
        var asJson = new Option<bool>("--json") { Description = "Print an array of objects instead of a table." };
        var built = new Option<bool>("--built") { Description = "Only what this build has; without it, another method fails, and so does another case of a method." };
        var command = new FrugalCommand("verify", "Run golden cases: build what each says, compute, and compare with the reference's results. Exit code 0 only if all passed.",
            new("frugal verify golden", "Every case of every method in the folder."),
            new("frugal verify golden lamb monarch --json", "Two methods, as an array for a program."))
        {
            folder, slugs, asJson, built,
        };
        command.SetAction(arguments => Run(new GoldenWalker(), CommandOutput.Of(arguments).Console,
            arguments.GetValue(folder)!, arguments.GetValue(slugs)!, arguments.GetValue(asJson), arguments.GetValue(built)));
        return command;
    }

    /// <summary>Prints the rows; returns 0 only if there were any and all passed.</summary>
    internal static int Run(GoldenWalker walker, IAnsiConsole console, string folder, IReadOnlyCollection<string> slugs, bool asJson, bool builtOnly)
    {
        var results = walker.Walk(folder, slugs, builtOnly).ToArray();
        if (asJson)
            console.Profile.Out.Writer.WriteLine(JsonSerializer.Serialize(results, json));
        else
            Print(results, builtOnly ? $"This build has no method of {folder} to verify." : $"{folder} holds no case to verify.", console);
        return results.Length > 0 && results.All(result => result.Verdict == GoldenVerdict.Pass) ? 0 : 1;
    }

    private static void Print(GoldenResult[] results, string nothing, IAnsiConsole console)
    {
        if (results.Length == 0)
        {
            console.WriteLine(nothing);
            return;
        }
        var table = new Table().Border(console.Profile.Capabilities.Unicode ? TableBorder.Simple : TableBorder.Ascii).AddColumn("method").AddColumn("case").AddColumn("verdict");
        foreach (var heading in new[] { "max abs", "max rel", "tolerance" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddColumn("what");
        foreach (var result in results)
            table.AddRow(new Text(result.Slug), new Text(result.Case), Mark(result.Verdict), Number(result.MaxAbs), Number(result.MaxRel), Number(result.Tolerance), new Text(result.Message));
        console.Write(table);
        var passed = results.Count(result => result.Verdict == GoldenVerdict.Pass);
        var unbuildable = results.Count(result => result.Verdict == GoldenVerdict.Unbuildable);
        console.WriteLine(Invariant($"{passed} of {results.Length} cases passed, {results.Length - passed - unbuildable} failed, {unbuildable} could not be built."));
    }

    private static Markup Mark(GoldenVerdict verdict) => new(verdict switch
    {
        GoldenVerdict.Pass => "[green]pass[/]",
        GoldenVerdict.Fail => "[red]FAIL[/]",
        _ => "[yellow]unbuildable[/]",
    });

    private static Text Number(double? value) => new(value is { } number ? Invariant($"{number:0.##e+0}") : "–");
}
