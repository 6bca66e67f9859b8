namespace Frugal.Catalogue;

/// <summary>
/// Puts a type into the catalogue under its short name: the word a person writes in YAML and on the command line.
/// What kind of entry it is follows from its base type, which carries <see cref="CatalogueKindAttribute"/>.
/// </summary>
/// <param name="name">Short name in kebab case, unique among entries of its kind, e.g. <c>gradual-pruning</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EntryAttribute(string name) : Attribute
{
    /// <summary>Short name in kebab case.</summary>
    public string Name { get; } = name;

    /// <summary>Slug of the paper the entry implements (its folder under <c>papers/</c>), or null for what is common knowledge.</summary>
    public string? Paper { get; init; }
}
