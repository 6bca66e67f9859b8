using System.CommandLine;
using Frugal.Catalogue;
using Frugal.Catalogue.Documents;
using Frugal.Catalogue.Schema;
using Frugal.Recipes;
using Frugal.Studies;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal schema</c>: the JSON schema by which editors complete recipes and studies.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new FrugalCommand("schema", "Print the JSON schema of recipes and studies, by which an editor completes names and marks mistakes.",
            new("frugal schema > recipe.schema.json", "Then begin a recipe with `# yaml-language-server: $schema=recipe.schema.json`."),
            new("frugal schema --assembly MyMethods.dll", "With the methods of your own library."));
        command.SetAction(arguments => CommandOutput.Of(arguments).Text.Write(Write(SharedOptions.CatalogueOf(arguments))));
        return command;
    }

    /// <summary>The schema as text.</summary>
    public static string Write(CatalogueIndex catalogue) => JsonWriter.Write(JsonSchema.Of(catalogue, "A Frugal recipe or study", typeof(Recipe), typeof(Study))) + "\n";
}
