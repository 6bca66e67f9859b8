using Frugal.Catalogue;
using Frugal.Models;
using Spectre.Console;
using static System.FormattableString;

namespace Frugal.Cli.Commands.Models;

/// <summary>
/// A row for each model and published size. Nothing is built and libtorch is not loaded: the parameters are the published numbers, which a test holds
/// against the built models; where none was published the cell stays empty.
/// </summary>
internal static class ModelTable
{
    public static void Print(CatalogueIndex catalogue, IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("model").NoWrap());
        table.AddColumn(new TableColumn("parameters").RightAligned().NoWrap()).AddColumn(new TableColumn("input").NoWrap()).AddColumn("source");
        foreach (var entry in catalogue.Of(typeof(ModelConfig)))
        {
            Add(table, entry.Name, "", "", FirstSentence.Of(entry.Summary));
            foreach (var preset in entry.Presets)
            {
                string input = preset.Value is ImageModelConfig { PublishedInput: var published } ? Invariant($"{published.Channels} x {Sides(published.Size)}") : "tokens";
                Add(table, $"  {preset.Name}", preset.Parameters is { } count ? Invariant($"{count:N0}") : "", input,
                    preset.Source ?? FirstSentence.Of(preset.Summary));
            }
        }
        console.Write(table);
        console.WriteLine("`frugal models NAME` shows the options and layers of one.");
    }

    private static void Add(Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));

    private static string Sides(ImageSize size) => Invariant($"{size.Height} x {size.Width}");
}
