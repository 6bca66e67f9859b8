using Frugal.Catalogue;
using Frugal.Studies.Papers;
using Spectre.Console;

namespace Frugal.Cli.Commands.Methods;

/// <summary>Everything about one entry: what it does, its paper, options, what it works on and combines with, and samples to copy.</summary>
internal static class EntryPage
{
    public static void Print(CatalogueIndex catalogue, CatalogueEntry entry, IAnsiConsole console)
    {
        var screen = new ScreenText(console);
        console.Write(new Text(entry.Name, new Style(decoration: Decoration.Bold)));
        console.WriteLine($" ({entry.Kind.Name})");
        screen.Paragraph(entry.Summary);
        Section(screen, "Paper", entry.Paper is { } slug ? PaperLines(slug) : []);
        if (entry.Presets.Count > 0)
        {
            screen.Heading("Presets");
            screen.Terms([.. entry.Presets.Select(preset => (preset.Name, preset.Summary))]);
        }
        if (entry.Options.Count > 0)
            screen.Heading("Options");
        foreach (var option in entry.Options)
        {
            screen.Paragraph(option.Name + (option.IsShorthand ? " (the name may be left out)" : ""), 2);
            screen.Paragraph($"{OptionText.Kind(option)}; {OptionText.Default(entry, option)}", 6);
            screen.Paragraph(option.Summary, 6);
        }
        Section(screen, "Capabilities", CapabilityLines(entry));
        if (EntrySample.Yaml(catalogue, entry) is { } yaml)
            Sample(screen, "In a recipe", yaml.TrimEnd('\n').Split('\n'));
        Sample(screen, "In C#", [EntrySample.CSharp(entry)]);
    }

    private static IEnumerable<string> PaperLines(string slug)
    {
        if (PaperStudies.Find(slug) is not { } paper)
        {
            yield return slug;
            yield break;
        }
        yield return paper.Title;
        yield return $"{paper.Authors}, {paper.Year}" + (paper.Arxiv is { } number ? $", arXiv {number}" : "");
        yield return $"Claim: {paper.Claim}";
        yield return $"`frugal reproduce {slug}` puts it to the test.";
    }

    private static IEnumerable<string> CapabilityLines(CatalogueEntry entry)
    {
        var capabilities = entry.Capabilities;
        if (capabilities.WorksOn.Length > 0)
            yield return $"Works on {string.Join(", ", capabilities.WorksOn)}.";
        if (capabilities.CombinesWith.Length > 0)
            yield return $"Combines with {string.Join(", ", capabilities.CombinesWith)}.";
        if (capabilities.NeedsData)
            yield return "Reads training data.";
        if (capabilities.ChangesShapes)
            yield return "Changes shapes or the number of parameters.";
        if (capabilities.PackedForm is { } packed)
            yield return $"Runs fast as {packed}.";
        foreach (var unsupported in entry.Unsupported)
            yield return $"No {unsupported.Check}: {unsupported.Reason}";
    }

    private static void Section(ScreenText screen, string title, IEnumerable<string> lines)
    {
        var listed = lines.ToList();
        if (listed.Count > 0)
            screen.Heading(title);
        listed.ForEach(line => screen.Paragraph(line, 2));
    }

    private static void Sample(ScreenText screen, string title, string[] lines)
    {
        screen.Heading(title);
        foreach (string line in lines)
            screen.Verbatim(line, 2);
    }
}
