using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Recipes;

namespace Frugal.Studies;

/// <summary>
/// The <c>defaults:</c> of a study: options that every step of a name takes unless the arm says otherwise.
/// </summary>
internal static class StudyDefaults
{
    private const string Key = "defaults";

    /// <summary>The study's document with its defaults written into the arms, and without the <c>defaults</c> themselves.</summary>
    /// <exception cref="DocumentException">The defaults are not a mapping of step names to options.</exception>
    public static DocumentMapping Apply(DocumentMapping study, CatalogueIndex catalogue)
    {
        if (study[Key] is not { } written)
            return study;
        var defaults = written as DocumentMapping ?? throw new DocumentException(written.Mark, $"`{Key}` must be a mapping of step names to options, got {written.Words}");
        study = study.Without(Key);
        var merging = new DocumentDefaults(catalogue);
        return study["arms"] is DocumentMapping arms
            ? study.With("arms", new DocumentMapping([.. arms.Members.Select(arm => arm with { Value = InArm(arm.Value, defaults, merging) })], arms.Mark))
            : study;
    }

    // Whatever has not the form of an arm or a step stays as it is: binding says what is wrong with it.
    private static DocumentNode InArm(DocumentNode arm, DocumentMapping defaults, DocumentDefaults merging) => arm is DocumentMapping mapping && mapping["steps"] is DocumentList steps
        ? mapping.With("steps", new DocumentList([.. steps.Items.Select(step => InStep(step, defaults, merging))], steps.Mark))
        : arm;

    private static DocumentNode InStep(DocumentNode step, DocumentMapping defaults, DocumentDefaults merging)
    {
        string? name = step switch
        {
            DocumentScalar scalar => scalar.Text,
            DocumentMapping { Members: [var member] } => member.Name,
            _ => null,
        };
        return name is not null && defaults[name] is { } options
            ? merging.Merge(typeof(Step), DocumentMapping.Of(name, options, options.Mark), step)
            : step;
    }
}
