using System.CommandLine;
using Frugal.Catalogue;
using Frugal.Cli.Commands.Methods;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal methods</c>: what the catalogue has, and everything about one entry.</summary>
internal static class MethodsCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "Short name of a method, model, dataset or preset.", Arity = ArgumentArity.ZeroOrOne };
        var markdown = new Option<bool>("--markdown") { Description = "Print the page of capabilities as Markdown." };
        var command = new FrugalCommand("methods", "List every method, layer, model, optimizer and dataset, or show everything about one.",
            new("frugal methods", "Everything there is, by kind."),
            new("frugal methods gradual-pruning", "Its paper, options, and how to write it in YAML and C#."),
            new("frugal methods --assembly MyMethods.dll", "The same with what your own library adds."))
        {
            name, markdown,
        };
        command.SetAction(arguments =>
        {
            var output = CommandOutput.Of(arguments);
            var catalogue = SharedOptions.CatalogueOf(arguments);
            if (arguments.GetValue(name) is { } wanted)
                foreach (var entry in Named(catalogue, wanted))
                    EntryPage.Print(catalogue, entry, output.Console);
            else if (arguments.GetValue(markdown))
                output.Text.Write(CapabilityPage.Write(catalogue));
            else
                EntryList.Print(catalogue, output.Console);
            return ExitCode.Success;
        });
        return command;
    }

    private static List<CatalogueEntry> Named(CatalogueIndex catalogue, string name)
    {
        var named = catalogue.Entries.Where(entry => entry.Name == name || entry.Presets.Any(preset => preset.Name == name)).ToList();
        return named.Count > 0
            ? named
            : throw new UsageException($"there is nothing called `{name}`"
                + (NearestName.Of(name, catalogue.NamesOf(typeof(object))) is { } nearest ? $"; did you mean `{nearest}`?" : "; `frugal methods` lists everything"));
    }
}
