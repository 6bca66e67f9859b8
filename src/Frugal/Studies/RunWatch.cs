using Frugal.Recipes;

namespace Frugal.Studies;

/// <summary>Passes a run's events on under its arm's name, and keeps the notes for the result.</summary>
internal sealed class RunWatch(string arm, IProgress<StudyEvent>? observer) : IProgress<RunEvent>
{
    private readonly List<string> notes = [];

    public IReadOnlyList<string> Notes => notes;

    public void Report(RunEvent value)
    {
        if (value is RunEvent.Note note)
            notes.Add(note.Text);
        observer?.Report(new StudyEvent.RunHappened(arm, value));
    }
}
