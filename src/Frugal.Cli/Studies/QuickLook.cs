using Frugal.Catalogue.Documents;

namespace Frugal.Cli.Studies;

/// <summary>A study cut down to see it work: its numbers say nothing about the methods, so it claims nothing.</summary>
internal static class QuickLook
{
    private static readonly DocumentNode FewUpdates = DocumentScalar.OfNumber(20);

    public static DocumentMapping At(DocumentMapping study)
    {
        if (study["arms"] is not DocumentMapping arms)
            return study;
        return study.Without("claims")
            .With("seeds", new DocumentList([study["seeds"] is DocumentList { Items: [var first, ..] } ? first : DocumentScalar.OfNumber(0)]))
            .With("arms", new DocumentMapping([.. arms.Members.Select(arm => arm with { Value = InArm(arm.Value) })], arms.Mark));
    }

    private static DocumentNode InArm(DocumentNode arm) => arm is DocumentMapping mapping && mapping["steps"] is DocumentList steps
        ? mapping.With("steps", new DocumentList([.. steps.Items.Select(InStep)], steps.Mark))
        : arm;

    private static DocumentNode InStep(DocumentNode step) => step switch
    {
        DocumentScalar { Text: "train" } => DocumentMapping.Of("train", DocumentMapping.Of("updates", FewUpdates), step.Mark),
        DocumentMapping { Members: [{ Name: "train", Value: DocumentMapping options }] } => DocumentMapping.Of("train", options.With("updates", FewUpdates), step.Mark),
        _ => step,
    };
}
