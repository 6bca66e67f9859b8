namespace Frugal.Recipes;

/// <summary>Something that happened in a run and that whoever watches it may want to show.</summary>
public abstract record RunEvent
{
    /// <summary>A step begins.</summary>
    /// <param name="Step">Short name of the step.</param>
    /// <param name="Index">Its position in the recipe, from 0.</param>
    /// <param name="Count">Number of steps.</param>
    public sealed record StepStarted(string Step, int Index, int Count) : RunEvent;

    /// <summary>A step has ended.</summary>
    /// <param name="Report">What it did.</param>
    public sealed record StepFinished(StepReport Report) : RunEvent;

    /// <summary>Training goes on.</summary>
    /// <param name="Epoch">Epochs done, with the part of the current one.</param>
    /// <param name="Epochs">Epochs in all.</param>
    /// <param name="Update">Optimiser updates done.</param>
    /// <param name="Updates">Optimiser updates in all.</param>
    /// <param name="Loss">Mean training loss of late.</param>
    /// <param name="Accuracy">Training accuracy of late between 0 and 1, or null where targets are mixed or the task has none.</param>
    public sealed record TrainingProgress(double Epoch, double Epochs, long Update, long Updates, double Loss, double? Accuracy) : RunEvent;

    /// <summary>An epoch has ended.</summary>
    /// <param name="Point">The learning curve's new point.</param>
    public sealed record EpochFinished(CurvePoint Point) : RunEvent;

    /// <summary>Something a person should know: a saving that is on paper only, a file that was skipped.</summary>
    /// <param name="Text">What, and what to do about it.</param>
    public sealed record Note(string Text) : RunEvent;
}
