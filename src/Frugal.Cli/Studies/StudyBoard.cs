using System.Globalization;
using Frugal.Studies.Reports;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Frugal.Cli.Studies;

/// <summary>The live picture of a study on a terminal: a line an arm, and below it how much is left.</summary>
internal static class StudyBoard
{
    private const int BarWidth = 20;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);

    /// <summary>Draws until the study has ended.</summary>
    public static async Task Show(IAnsiConsole console, StudyProgress progress, Task study)
    {
        await console.Live(Picture(progress)).AutoClear(false).StartAsync(async live =>
        {
            while (await Task.WhenAny(study, Task.Delay(Refresh)) != study)
                live.UpdateTarget(Picture(progress));
            live.UpdateTarget(Picture(progress));
        });
    }

    internal static IRenderable Picture(StudyProgress progress)
    {
        var table = new Table().Border(TableBorder.None).HideFooters();
        table.AddColumns("arm", "", "step", "epoch", "loss", "accuracy %");
        foreach (var column in table.Columns.Skip(3))
            column.RightAligned();
        foreach (string arm in progress.Arms)
            table.AddRow(Row(arm, progress.Of(arm), progress.Seeds));
        return new Rows(table, new Markup($"[grey]{Markup.Escape(Footer(progress))}[/]"));
    }

    private static IRenderable[] Row(string name, ArmProgress arm, int seeds)
    {
        double share = (arm.Done + arm.Current) / seeds;
        string epoch = arm.Training is { } t ? string.Create(CultureInfo.InvariantCulture, $"{t.Epoch:F1}/{t.Epochs:0.#}") : "";
        string loss = arm.Training is { } l ? l.Loss.ToString("F3", CultureInfo.InvariantCulture) : "";
        // While it trains: training accuracy of late, in grey; once a run has ended: test accuracy over the seeds so far.
        string accuracy = arm.Training?.Accuracy is { } training ? $"[grey]{Quantity.Percent(training)}[/]"
            : arm.Accuracies.Count > 0 ? $"[bold]{Quantity.Percent(arm.Accuracies.Average())}[/]"
            : "";
        string step = arm.Failure is not null ? "[red]failed[/]"
            : arm.Seed is { } seed ? Markup.Escape(seeds > 1 ? $"{arm.Step}, seed {seed}" : arm.Step)
            : arm.Done == seeds ? "[green]done[/]" : "";
        return [new Text(name), new Markup(Bar(share)), new Markup(step), new Text(epoch), new Text(loss), new Markup(accuracy)];
    }

    private static string Bar(double share)
    {
        int full = (int)Math.Round(share * BarWidth);
        return $"[green]{new string('━', full)}[/][grey]{new string('━', BarWidth - full)}[/]";
    }

    private static string Footer(StudyProgress progress)
    {
        string elapsed = Quantity.Seconds(progress.Elapsed.TotalSeconds);
        if (progress.Measuring is { } arm)
            return $"measuring latency of {arm} in turns with the baseline · {elapsed}";
        string left = progress.SecondsLeft is { } seconds ? $" · about {Quantity.Seconds(seconds)} left" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{progress.RunsDone:F1} of {progress.Arms.Count * progress.Seeds} runs · {elapsed}{left}");
    }
}
