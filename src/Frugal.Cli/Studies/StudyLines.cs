using Frugal.Recipes;
using Frugal.Studies;
using Frugal.Studies.Reports;

namespace Frugal.Cli.Studies;

/// <summary>The course of a study as plain lines, for pipes and logs.</summary>
internal sealed class StudyLines(TextWriter output, StudyProgress progress) : IProgress<StudyEvent>
{
    /// <inheritdoc/>
    public void Report(StudyEvent value)
    {
        progress.Report(value);
        if (Line(value) is { } line)
            output.WriteLine(line);
    }

    private string? Line(StudyEvent happened) => happened switch
    {
        StudyEvent.RunFinished { Reused: true } run => $"{run.Arm}, seed {run.Result.Seed}: done before, reused",
        StudyEvent.RunFinished run => $"{run.Arm}, seed {run.Result.Seed}: {Accuracy(run)}{Left()}",
        StudyEvent.RunFailed run => $"{run.Arm}, seed {run.Seed}: failed: {run.Reason}",
        StudyEvent.RunHappened { Happened: RunEvent.StepFinished { Report: var report } } run when StepText.Change(report) is { } change => $"{run.Arm}: {change}",
        StudyEvent.RunHappened { Happened: RunEvent.Note note } run => $"{run.Arm}: {note.Text}",
        StudyEvent.MeasuringLatency measuring => $"{measuring.Arm}: measuring latency",
        _ => null,
    };

    private static string Accuracy(StudyEvent.RunFinished run) =>
        run.Result.Metrics.TryGetValue(Metric.Accuracy, out double accuracy) ? $"accuracy {Quantity.Percent(accuracy)} %" : "done";

    private string Left() => progress.SecondsLeft is { } seconds ? $", about {Quantity.Seconds(seconds)} left" : "";
}
