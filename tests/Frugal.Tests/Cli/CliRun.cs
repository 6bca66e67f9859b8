using Frugal.Cli;
using Spectre.Console.Testing;

namespace Frugal.Tests.Cli;

/// <summary>A command line carried out in this process, on consoles that keep what is written.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Errors)
{
    public static CliRun Of(params string[] words) => OfWidth(100, words);

    public static CliRun OfWidth(int width, params string[] words)
    {
        var (console, errors) = (new TestConsole().Width(width), new TestConsole().Width(width));
        int code = CommandLine.Run(words, new CommandOutput(console, errors)).GetAwaiter().GetResult();
        return new(code, console.Output, errors.Output);
    }
}
