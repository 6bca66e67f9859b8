using Frugal.Catalogue;
using Spectre.Console;

namespace Frugal.Cli.Commands.Methods;

/// <summary>All entries by kind: a line for each with its name and the first sentence of what it does.</summary>
internal static class EntryList
{
    public static void Print(CatalogueIndex catalogue, IAnsiConsole console)
    {
        var screen = new ScreenText(console);
        screen.Paragraph("`frugal methods NAME` tells everything about one of these.");
        foreach (var kind in catalogue.Kinds)
        {
            screen.Heading(kind.Plural);
            screen.Terms([.. catalogue.Entries.Where(entry => entry.Kind == kind).Select(entry => (entry.Name, Line(entry)))]);
        }
    }

    private static string Line(CatalogueEntry entry) => FirstSentence.Of(entry.Summary)
        + (entry.Presets.Count > 0 ? $"\nPresets: {string.Join(", ", entry.Presets.Select(preset => preset.Name))}" : "");
}
