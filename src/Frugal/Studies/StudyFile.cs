using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;

namespace Frugal.Studies;

/// <summary>Reads studies as <c>docs/recipes.md</c> describes them.</summary>
public static class StudyFile
{
    /// <summary>The study that a document describes.</summary>
    /// <param name="document">The document.</param>
    /// <param name="name">Name of the study when the document gives none.</param>
    /// <param name="catalogue">The entries that may be named.</param>
    /// <param name="overrides">Values from the command line, <c>train.epochs=2</c>, in the order given.</param>
    /// <exception cref="FrugalException">The document says something that cannot be; the message gives the places.</exception>
    public static Study Read(DocumentNode document, string name, CatalogueIndex catalogue, IEnumerable<string>? overrides = null)
    {
        if (document is not DocumentMapping mapping)
            throw new DocumentException(document.Mark, $"a study is a mapping with `data`, `model` and `arms`, got {document.Words}");
        DocumentNode written = StudyDefaults.Apply(mapping, catalogue);
        var setting = new DocumentOverride(catalogue);
        foreach (string assignment in overrides ?? [])
            written = setting.Apply(typeof(Study), written, assignment);
        var study = new Binder(catalogue).Bind<Study>(written);
        if (mapping["name"] is null)
            study = study with { Name = name };
        Check(study, mapping);
        return study;
    }

    private static void Check(Study study, DocumentMapping document)
    {
        if (study.Arms.Count == 0)
            throw Wrong("arms", "`arms` must name at least one arm");
        if (study.Seeds.Count == 0 || study.Seeds.Distinct().Count() != study.Seeds.Count)
            throw Wrong("seeds", "`seeds` must be one or more different numbers");
        foreach (string name in study.Arms.Keys.Where(name => !IsArmName(name)))
            throw Wrong("arms", $"an arm's name is made of letters, digits and hyphens and begins with a letter, got '{name}'");
        if (study.Baseline is { } baseline)
            Known("baseline", baseline);
        foreach (string teacher in study.Arms.Keys.SelectMany(study.TeachersOf))
            Known("arms", teacher);
        if (ArmOrder.CircleIn(study) is { } circle)
            throw Wrong("arms", $"`arms` learn from each other in a circle: {circle}");
        foreach (var budget in study.EqualBudgets)
        {
            foreach (string arm in budget.Arms)
                Known("equal-budgets", arm);
        }
        foreach (var claim in study.Claims)
        {
            foreach (var (arm, _) in claim.References)
                Known("claims", arm);
        }

        void Known(string where, string arm)
        {
            if (!study.Arms.ContainsKey(arm))
                throw Wrong(where, $"`{where}` speaks of an arm '{arm}', but the arms are {string.Join(", ", study.Arms.Keys)}");
        }

        DocumentException Wrong(string key, string problem) => new(document[key]?.Mark ?? document.Mark, problem);
    }

    // As a claim reads it, and as a folder may be called.
    private static bool IsArmName(string name) =>
        name.Length is > 0 and <= 60 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && name[^1] != '-';
}
