using Frugal.Studies;
using Frugal.Studies.Reports;
using Frugal.Studies.Results;
using Spectre.Console;

namespace Frugal.Cli.Studies;

/// <summary>Runs a study in front of a person: progress while it runs, then table and files.</summary>
internal sealed class StudySession(IAnsiConsole console)
{
    /// <summary>Folder for runs and reports.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder with data, or null.</summary>
    public string? DataDir { get; init; }

    /// <summary>Where the computation takes place, e.g. <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Time after which no run is begun; null for none.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Runs the study, prints its table and writes its report.</summary>
    /// <exception cref="OperationCanceledException">The person stopped it; what was done is kept.</exception>
    public async Task<StudyResult> Run(Study study, CancellationToken cancellation)
    {
        var result = await Execute(study, cancellation);
        StudyTable.Write(console, result);
        console.WriteLine();
        console.MarkupLineInterpolated($"Report: [link]{Path.GetFullPath(Path.Combine(Folder, "report.html"))}[/]");
        return result;
    }

    /// <summary>Runs the study and writes its report, and prints its course alone.</summary>
    /// <inheritdoc cref="Run"/>
    public async Task<StudyResult> Execute(Study study, CancellationToken cancellation)
    {
        string[] arms = [.. study.Arms.Keys];
        console.MarkupLineInterpolated($"[bold]{study.Title}[/]");
        var progress = new StudyProgress(arms, study.Seeds.Count);
        bool isInteractive = console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal;
        var run = new StudyRun
        {
            Study = study,
            Folder = Folder,
            DataDir = DataDir,
            Device = Device,
            Observer = isInteractive ? progress : new StudyLines(console.Profile.Out.Writer, progress),
            Cancellation = cancellation,
            TimeLimit = TimeLimit,
        };
        var work = Task.Factory.StartNew(run.Execute, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (isInteractive)
            await StudyBoard.Show(console, progress, work);
        var result = await work;
        HtmlReport.Write(result, Path.Combine(Folder, "report.html"));
        ResultFiles.Write(result, Folder);
        return result;
    }
}
