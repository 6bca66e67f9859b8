using System.CommandLine;
using Frugal.Cli.Studies;
using Frugal.Studies.Claims;
using Frugal.Studies.Papers;
using Frugal.Studies.Results;
using Spectre.Console;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal reproduce</c>: runs the study of a paper and holds its claim against what was measured.</summary>
internal static class ReproduceCommand
{
    public static Command Create()
    {
        var slugs = new Argument<string[]>("SLUG") { Description = $"Papers to reproduce, of {string.Join(", ", PaperStudies.Slugs)}.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "Every paper that has a study; writes docs/RESULTS.md." };
        var write = new Option<bool>("--write") { Description = "Write what was measured into papers/SLUG/README.md of this checkout." };
        var options = new StudyOptions();
        var command = new FrugalCommand("reproduce", "Run the study of a paper at small scale, and print its claim, what was measured, and the verdict. Exit code 0 only if every claim holds.",
            new("frugal reproduce gradual-pruning", "One paper, about three minutes on two cores."),
            new("frugal reproduce --all --write", "All papers, and every page that shows results."))
        {
            slugs, all, write,
        };
        options.AddTo(command);
        command.SetAction(async (arguments, cancellation) =>
        {
            IReadOnlyList<string> wanted = arguments.GetValue(all) ? PaperStudies.Slugs : arguments.GetValue(slugs)!;
            if (wanted.Count == 0)
                throw new UsageException($"name a paper, or --all; papers with a study are {string.Join(", ", PaperStudies.Slugs)}");
            var results = new List<StudyResult>();
            foreach (string slug in wanted)
            {
                results.Add(await options.Run(arguments, PaperStudies.Read(slug), slug, [], cancellation));
                PrintVerdict(CommandOutput.Of(arguments).Console, results[^1]);
                if (arguments.GetValue(write))
                    PaperPages.WriteMeasured(results[^1], Directory.GetCurrentDirectory());
            }
            if (arguments.GetValue(all))
                PaperPages.WriteAll(results, Path.Combine("docs", "RESULTS.md"));
            return results.All(Holds) ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static bool Holds(StudyResult result) => result.Claims.All(verdict => verdict.Outcome == ClaimOutcome.Holds);

    private static void PrintVerdict(IAnsiConsole console, StudyResult result)
    {
        if (result.Paper is { } paper)
            console.MarkupLineInterpolated($"\nThe paper claims: {paper.Claim}");
        int holding = result.Claims.Count(verdict => verdict.Outcome == ClaimOutcome.Holds);
        console.MarkupLine(Holds(result)
            ? $"[green]Reproduced at small scale:[/] all {result.Claims.Count} claims hold."
            : $"[red]Not reproduced at small scale:[/] {holding} of {result.Claims.Count} claims hold.");
    }
}
