using Spectre.Console;

namespace Frugal.Cli.Commands.Bench;

/// <summary>Says on a terminal what is being measured, on one line that is overwritten; a pipe gets nothing.</summary>
internal sealed class BenchProgress(IAnsiConsole console) : IProgress<string>
{
    public void Report(string value)
    {
        if (!console.Profile.Capabilities.Interactive)
            return;
        string text = $"measuring {value}";
        int width = console.Profile.Width - 1;
        console.Profile.Out.Writer.Write('\r' + (text.Length > width ? text[..width] : text.PadRight(width)) + '\r');
    }
}
