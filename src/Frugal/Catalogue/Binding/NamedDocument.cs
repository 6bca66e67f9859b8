using Frugal.Catalogue.Documents;

namespace Frugal.Catalogue.Binding;

/// <summary>An entry as a document writes it, taken apart: its name and what is written under it.</summary>
/// <param name="Name">Short name of an entry or a preset.</param>
/// <param name="Under">Its options or shorthand, or null when the name stands alone.</param>
/// <param name="Mark">Where the name was written.</param>
internal sealed record NamedDocument(string Name, DocumentNode? Under, DocumentMark Mark)
{
    /// <summary>Takes a node apart, or gives null when it is not written as an entry is.</summary>
    public static NamedDocument? Of(DocumentNode? node) => node switch
    {
        DocumentScalar { IsNull: false } name => new(name.Text, null, name.Mark),
        DocumentMapping { Members: [var only] } => new(only.Name, only.Value is DocumentScalar { IsNull: true } ? null : only.Value, only.Mark),
        _ => null,
    };

    /// <summary>The options as a mapping; an option written by shorthand gets its name.</summary>
    public DocumentMapping Options(IReadOnlyList<EntryOption> options) => Under switch
    {
        null => new([], Mark),
        DocumentMapping mapping => mapping,
        _ when options.FirstOrDefault(option => option.IsShorthand) is { } shorthand => DocumentMapping.Of(shorthand.Name, Under, Under.Mark),
        _ => throw new FrugalException($"{Under.Mark}: `{Name}` takes its options as a mapping, {{ option: value }}; got {Under.Words}"),
    };

    /// <summary>The node again, with these options.</summary>
    public DocumentNode With(DocumentMapping options) =>
        options.Members.Count == 0 ? new DocumentScalar(Name, isQuoted: false, Mark) : DocumentMapping.Of(Name, options, Mark);
}
