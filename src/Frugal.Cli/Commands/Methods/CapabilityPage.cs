using System.Text;
using Frugal.Catalogue;

namespace Frugal.Cli.Commands.Methods;

/// <summary>The page <c>docs/capabilities.md</c>: every entry with what it works on and combines with. A test holds the committed file to it.</summary>
internal static class CapabilityPage
{
    public static string Write(CatalogueIndex catalogue)
    {
        var page = new StringBuilder();
        page.Append("# What Frugal has\n\nMade by `frugal methods --markdown` from the code; do not edit. `frugal methods NAME` shows the options of an entry.\n");
        foreach (var kind in catalogue.Kinds)
        {
            var entries = catalogue.Entries.Where(entry => entry.Kind == kind).ToList();
            page.Append($"\n## {char.ToUpperInvariant(kind.Plural[0])}{kind.Plural[1..]}\n\n");
            var columns = Columns.Where(column => column.Always || entries.Any(entry => column.Cell(entry).Length > 0)).ToList();
            page.Append($"| {string.Join(" | ", columns.Select(column => column.Title))} |\n|{string.Concat(Enumerable.Repeat(" --- |", columns.Count))}\n");
            foreach (var entry in entries)
                page.Append($"| {string.Join(" | ", columns.Select(column => column.Cell(entry).Replace("|", "\\|", StringComparison.Ordinal)))} |\n");
            foreach (var (entry, unsupported) in entries.SelectMany(entry => entry.Unsupported.Select(unsupported => (entry, unsupported))))
                page.Append($"\n`{entry.Name}` takes no part in the check *{unsupported.Check}*: {unsupported.Reason}\n");
        }
        return page.ToString();
    }

    private static readonly IReadOnlyList<(string Title, bool Always, Func<CatalogueEntry, string> Cell)> Columns =
    [
        ("Name", true, entry => $"`{entry.Name}`"),
        ("What it is", true, entry => FirstSentence.Of(entry.Summary)),
        ("Presets", false, entry => string.Join(", ", entry.Presets.Select(preset => $"`{preset.Name}`"))),
        ("Works on", false, entry => string.Join(", ", entry.Capabilities.WorksOn)),
        ("Combines with", false, entry => string.Join(", ", entry.Capabilities.CombinesWith.Select(name => $"`{name}`"))),
        ("Reads data", false, entry => entry.Capabilities.NeedsData ? "yes" : ""),
        ("Changes shapes", false, entry => entry.Capabilities.ChangesShapes ? "yes" : ""),
        ("Packed form", false, entry => entry.Capabilities.PackedForm is { } packed ? $"`{packed}`" : ""),
        ("Paper", false, entry => entry.Paper is { } paper ? $"[{paper}](../papers/{paper}/README.md)" : ""),
    ];
}
