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
    public static string Write(CatalogueIndex catalogue) =>
        JsonWriter.Write(WithDefaults(JsonSchema.Of(catalogue, "A Frugal recipe or study", typeof(Recipe), typeof(Study)), catalogue)) + "\n";

    // A study's `defaults` are written into its arms before it is bound, and so are no option of its type.
    private static DocumentMapping WithDefaults(DocumentMapping schema, CatalogueIndex catalogue)
    {
        var steps = catalogue.Of(typeof(Step)).Select(step => new DocumentMember(step.Name, DocumentMapping.Of("$ref", DocumentScalar.OfText($"#/$defs/step.{step.Name}"))));
        var defaults = new DocumentMapping(
        [
            new("type", DocumentScalar.OfText("object")),
            new("description", DocumentScalar.OfText("Options that every step of a name takes unless the arm says otherwise.")),
            new("properties", new DocumentMapping([.. steps])),
        ]);
        var definitions = (DocumentMapping)schema["$defs"]!;
        var study = (DocumentMapping)definitions["study"]!;
        var properties = (DocumentMapping)study["properties"]!;
        return schema.With("$defs", definitions.With("study", study.With("properties", properties.With("defaults", defaults))));
    }
}
