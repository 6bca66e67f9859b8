using System.CommandLine;
using Frugal.Catalogue;
using Frugal.Cli.Commands.Inspect;
using Frugal.Cli.Commands.Methods;
using Frugal.Cli.Commands.Models;
using Frugal.Models;
using Frugal.Models.Runtime;
using Spectre.Console;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal models</c>: the networks that can be named, and the options and layers of one.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "Short name of a model or of a published size.", Arity = ArgumentArity.ZeroOrOne };
        var command = new FrugalCommand("models", "List the models with their published sizes, or show the options and layers of one.",
            new("frugal models", "Every model and preset, with its parameters, input and source."),
            new("frugal models resnet50", "Its options, and a table of its layers."),
            new("frugal models --assembly MyModels.dll", "The same with the models of your own library."))
        {
            name,
        };
        command.SetAction(arguments =>
        {
            var output = CommandOutput.Of(arguments);
            var catalogue = SharedOptions.CatalogueOf(arguments);
            if (arguments.GetValue(name) is { } wanted)
            {
                var entry = EntryOf(catalogue, wanted);
                EntryPage.Print(catalogue, entry, output.Console);
                output.Console.WriteLine();
                if (!withoutLayers.Contains(entry.Type))
                    CostTable.Print(NamedModel.CostOf(NamedModel.ConfigOf(catalogue, wanted, size: null)), output.Console);
            }
            else
            {
                ModelTable.Print(catalogue, output.Console);
            }
            return ExitCode.Success;
        });
        return command;
    }

    // What was saved has no layers before a folder is named, and what runs under ONNX Runtime shows none.
    private static readonly Type[] withoutLayers = [typeof(SavedModelConfig), typeof(RuntimeModelConfig)];

    private static CatalogueEntry EntryOf(CatalogueIndex catalogue, string name) =>
        catalogue.Find(typeof(ModelConfig), name) ?? catalogue.FindPreset(typeof(ModelConfig), name)?.Entry
            ?? throw new UsageException($"there is no model `{name}`"
                + (NearestName.Of(name, catalogue.NamesOf(typeof(ModelConfig))) is { } nearest ? $"; did you mean `{nearest}`?" : "; `frugal models` lists them"));
}
