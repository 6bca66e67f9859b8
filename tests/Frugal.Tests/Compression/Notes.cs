using Frugal.Recipes;

namespace Frugal.Tests.Compression;

/// <summary>Collects the notes of a run.</summary>
internal sealed class Notes : IProgress<RunEvent>
{
    public List<string> Texts { get; } = [];

    public void Report(RunEvent value)
    {
        if (value is RunEvent.Note note)
            Texts.Add(note.Text);
    }
}
