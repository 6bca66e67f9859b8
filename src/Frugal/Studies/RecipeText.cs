using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Recipes;

namespace Frugal.Studies;

/// <summary>A recipe as a document with every option written out: what a run is identified by, and what another can repeat it from.</summary>
internal static class RecipeText
{
    public static string Of(Recipe recipe) => YamlWriter.Write(new ObjectWriter(withDefaults: true).Write(recipe));
}
