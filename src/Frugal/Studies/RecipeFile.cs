using Frugal.Catalogue.Documents;

namespace Frugal.Studies;

/// <summary>Reads a recipe as a study with one arm, so that one recipe is run, resumed and reported like many.</summary>
public static class RecipeFile
{
    /// <summary>The study's document.</summary>
    /// <param name="document">The recipe: <c>data</c>, <c>model</c>, <c>steps</c>, and <c>seed</c> if it is not 0.</param>
    /// <param name="name">Name of the arm: that of the recipe's file.</param>
    /// <exception cref="DocumentException">The document is not a recipe.</exception>
    public static DocumentMapping AsStudy(DocumentNode document, string name)
    {
        if (document is not DocumentMapping recipe || recipe["steps"] is not { } steps)
            throw new DocumentException(document.Mark, "a recipe is a mapping with `data`, `model` and `steps`; a file with `arms` is a study, for `frugal compare`");
        // What a recipe has no use for stays in place, and binding the study says that it is not known.
        var study = recipe.Without("steps").Without("seed");
        if (study["title"] is null)
            study = study.With("title", DocumentScalar.OfText(name));
        if (recipe["seed"] is { } seed)
            study = study.With("seeds", new DocumentList([seed], seed.Mark));
        return study.With("arms", DocumentMapping.Of(ArmName(name), DocumentMapping.Of("steps", steps, steps.Mark), steps.Mark));
    }

    // A file may be called anything; an arm's name is narrower.
    private static string ArmName(string name)
    {
        string kept = string.Concat(name.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')).Trim('-', '_');
        return kept.Length > 0 && char.IsAsciiLetter(kept[0]) ? kept[..Math.Min(kept.Length, 60)].TrimEnd('-') : "recipe";
    }
}
