using Frugal.Catalogue.Documents;

namespace Frugal.Catalogue.Binding;

/// <summary>
/// Lays one document over another that holds its defaults. Mappings merge name by name. An entry merges with the same entry, and replaces another: <c>lamb</c> over
/// <c>{ sgd: { lr: 0.1 } }</c> is <c>lamb</c>, over <c>{ lamb: { lr: 0.1 } }</c> it keeps the rate. Lists and single values replace what lies below.
/// </summary>
/// <param name="catalogue">The entries that may be named.</param>
public sealed class DocumentDefaults(CatalogueIndex catalogue)
{
    /// <summary>The merged document.</summary>
    /// <param name="type">What the document describes.</param>
    /// <param name="defaults">What holds where <paramref name="written"/> is silent.</param>
    /// <param name="written">What holds otherwise.</param>
    public DocumentNode Merge(Type type, DocumentNode defaults, DocumentNode written) => Merge(OptionShape.Of(type), defaults, written);

    private DocumentNode Merge(OptionShape shape, DocumentNode defaults, DocumentNode written)
    {
        switch (shape)
        {
            case OptionShape.Map map when defaults is DocumentMapping below && written is DocumentMapping above:
                return Merge(below, above, _ => map.Value);
            case OptionShape.Group group when defaults is DocumentMapping below && written is DocumentMapping above:
                return Merge(below, above, EntryOption.Of(group.Type));
            case OptionShape.Entry entry when NamedDocument.Of(defaults) is { } below && NamedDocument.Of(written) is { } above && below.Name == above.Name:
                if ((catalogue.FindPreset(entry.Type, above.Name)?.Entry ?? catalogue.Find(entry.Type, above.Name)) is not { } named)
                    return written;
                return above.With(Merge(below.Options(named.Options), above.Options(named.Options), named.Options));
            default:
                return written;
        }
    }

    private DocumentMapping Merge(DocumentMapping defaults, DocumentMapping written, IReadOnlyList<EntryOption> options) =>
        Merge(defaults, written, name => options.FirstOrDefault(option => option.Name == name)?.Shape);

    private DocumentMapping Merge(DocumentMapping defaults, DocumentMapping written, Func<string, OptionShape?> shapeOf)
    {
        // A name that no option has keeps its place and is reported when the result is bound.
        var merged = new DocumentMapping(defaults.Members, written.Mark);
        foreach (var member in written.Members)
            merged = merged.With(
                member.Name,
                defaults[member.Name] is { } below && shapeOf(member.Name) is { } shape ? Merge(shape, below, member.Value) : member.Value,
                member.Mark);
        return merged;
    }
}
