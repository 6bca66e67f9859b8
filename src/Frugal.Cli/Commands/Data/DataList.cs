using Frugal.Catalogue;
using Frugal.Data;
using Spectre.Console;

namespace Frugal.Cli.Commands.Data;

/// <summary>The table of datasets.</summary>
internal static class DataList
{
    public static void Print(CatalogueIndex catalogue, string? dataDir, IAnsiConsole console)
    {
        string root = DataFolder.Root(dataDir);
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("dataset").NoWrap()).AddColumn(new TableColumn("here").NoWrap()).AddColumn("where, or how to get it");
        foreach (var dataset in DatasetList.Of(catalogue))
        {
            var (mark, where) = StateOf(dataset, root);
            table.AddRow(new Text(dataset.Name), new Markup(mark), new Text(where));
        }
        console.Write(table);
        console.WriteLine($"Looked in {root}{(Directory.Exists(root) ? "" : ", which does not exist")}. `frugal methods NAME` shows a dataset's options.");
    }

    private static (string Mark, string Where) StateOf(NamedDataset dataset, string root)
    {
        var source = dataset.Source;
        if (source.Folders.Count == 0)
            return ("[green]yes[/]", "generated, needs no files");
        if (DataFolder.Find(source, root) is { } folder)
            return ("[green]yes[/]", folder);
        return ("[yellow]no[/]", source.Download is { } plan
            ? $"frugal data get {dataset.Name} ({Size(plan.Bytes)} from {plan.Files[0].Address.Host})"
            : $"put your files into {Path.Combine(root, source.Folders[0])}");
    }

    private static string Size(long bytes) => FormattableString.Invariant($"{bytes / 1e6:0} MB");
}
