using Frugal.Studies.Bench;
using Spectre.Console;
using static System.FormattableString;

namespace Frugal.Cli.Commands.Bench;

/// <summary>What was measured as a table for each batch size: a row for each layer, the whole network below, a column for each form.</summary>
internal static class BenchTable
{
    private const string Absent = "-";

    public static void Print(BenchResult result, IAnsiConsole console)
    {
        foreach (var batch in result.Batches)
            Print(batch, console);
        console.WriteLine("Each form: median time, gain over the first form in neighbouring slices, and the share of what this machine could do at best.");
        console.WriteLine(Invariant(
            $"At best, with {result.Threads} {(result.Threads == 1 ? "thread" : "threads")}: {result.FloatMacsPerSecond / 1e9:F0} G multiply-adds of floats, {result.ByteMacsPerSecond / 1e9:F0} G of bytes, {result.ReadBytesPerSecond / 1e9:F0} GB of its weights read in a second."));
        foreach (string note in result.Notes)
            console.WriteLine(note);
    }

    private static void Print(BenchBatch batch, IAnsiConsole console)
    {
        string[] forms = [.. batch.Whole.Times.Select(time => time.Form).Union(batch.Layers.SelectMany(row => row.Times).Select(time => time.Form))];
        var table = new Table().Border(TableBorder.Simple).Title($"batch {batch.BatchSize}").AddColumn("layer").AddColumn(new TableColumn("input").NoWrap());
        foreach (string form in forms)
            table.AddColumn(new TableColumn(form).RightAligned().NoWrap());
        foreach (var row in batch.Layers)
            table.AddRow(Cells(row.Count > 1 ? $"{row.Path} ({row.Count} alike)" : row.Path, row, forms));
        if (batch.Layers.Count > 0)
            table.AddEmptyRow();
        table.AddRow(Cells(batch.Whole.Type, batch.Whole, forms));
        console.Write(table);
    }

    private static IEnumerable<Text> Cells(string name, BenchRow row, IEnumerable<string> forms) =>
        forms.Select(form => row.Times.FirstOrDefault(time => time.Form == form) is { } time ? Cell(time) : Absent)
            .Prepend(string.Join(" x ", row.InputShape)).Prepend(name).Select(text => new Text(text));

    private static string Cell(BenchTime time) =>
        Time(time.Microseconds) + Invariant($" {time.Speedup,5:F2}x") + (time.CeilingShare is { } share ? Invariant($" {share,4:P0}") : "");

    private static string Time(double microseconds) => microseconds switch
    {
        < 1e3 => Invariant($"{microseconds:G3} µs"),
        < 1e6 => Invariant($"{microseconds / 1e3:G3} ms"),
        _ => Invariant($"{microseconds / 1e6:G3} s"),
    };
}
