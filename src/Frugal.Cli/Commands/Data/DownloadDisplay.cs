using Frugal.Data.Download;
using Spectre.Console;

namespace Frugal.Cli.Commands.Data;

/// <summary>Shows downloads: a bar for each file on a terminal, a line for each tenth of a file elsewhere.</summary>
internal static class DownloadDisplay
{
    /// <summary>Runs a download and shows it.</summary>
    public static async Task<T> Run<T>(IAnsiConsole console, DownloadPlan plan, Func<IProgress<DownloadProgress>, Task<T>> download)
    {
        if (!console.Profile.Capabilities.Interactive)
            return await download(new Lines(console)).ConfigureAwait(false);
        return await console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(async context => await download(new Bars(console, plan.Files.ToDictionary(
                file => file.Name, file => context.AddTask(Markup.Escape(file.Name), maxValue: file.Bytes)))).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private sealed class Bars(IAnsiConsole console, Dictionary<string, ProgressTask> tasks) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            tasks[value.File].Value = value.Done;
            if (value.Trouble is { } trouble)
                console.WriteLine($"{value.File}: {trouble}");
        }
    }

    private sealed class Lines(IAnsiConsole console) : IProgress<DownloadProgress>
    {
        private string file = "";
        private long tenth = -1;

        public void Report(DownloadProgress value)
        {
            if (value.Trouble is { } trouble)
                console.WriteLine($"{value.File}: {trouble}");
            long now = value.Total == 0 ? 10 : value.Done * 10 / value.Total;
            if (value.File == file && now == tenth)
                return;
            (file, tenth) = (value.File, now);
            console.WriteLine(FormattableString.Invariant($"{value.File}: {now * 10} % of {value.Total / 1e6:0.0} MB"));
        }
    }
}
