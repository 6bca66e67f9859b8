using Frugal.Recipes;

namespace Frugal.Cli.Commands.Export;

/// <summary>Writes what a step has to tell.</summary>
/// <param name="writer">Where to.</param>
internal sealed class ConsoleNotes(TextWriter writer) : IProgress<RunEvent>
{
    public void Report(RunEvent value)
    {
        if (value is RunEvent.Note note)
            writer.WriteLine(note.Text);
    }
}
