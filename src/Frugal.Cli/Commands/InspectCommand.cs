using System.CommandLine;
using System.Text.Json;
using Frugal.Cli.Commands.Inspect;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal inspect</c>: what a model is made of, and what one example costs it, layer by layer.</summary>
internal static class InspectCommand
{
    private static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = NamedModel.Description };
        var size = new Option<string?>("--image-size") { HelpName = "SIZE", Description = "Size of the image: 32, or 32x48 for height by width. The published size when not given." };
        var asJson = new Option<bool>("--json") { Description = "Print an object with the totals and an array of layers instead of a table." };
        var command = new FrugalCommand("inspect", "Show the layers of a model with their output shapes, parameters, multiply-adds and activation memory for one example.",
            new("frugal inspect resnet50", "What a published network costs."),
            new("frugal inspect my-model/", "What a model that you have saved costs."),
            new("frugal inspect resnet20 --image-size 64", "The same for larger images."),
            new("frugal inspect \"mlp: { hidden-sizes: [64] }\" --json", "A network with options, as an object for a program."))
        {
            model, size, asJson,
        };
        command.SetAction(arguments =>
        {
            var output = CommandOutput.Of(arguments);
            var cost = NamedModel.CostOf(NamedModel.ConfigOf(SharedOptions.CatalogueOf(arguments), arguments.GetValue(model)!, arguments.GetValue(size)));
            if (arguments.GetValue(asJson))
                output.Text.WriteLine(JsonSerializer.Serialize(cost, json));
            else
                CostTable.Print(cost, output.Console);
            return ExitCode.Success;
        });
        return command;
    }
}
