namespace Frugal.Catalogue;

/// <summary>Declares that the types derived from this one are a kind of catalogue entry, e.g. step, model, optimizer.</summary>
/// <param name="name">The kind in the singular, as shown to people, e.g. <c>training method</c>.</param>
/// <param name="plural">The kind in the plural.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Interface, Inherited = false)]
public sealed class CatalogueKindAttribute(string name, string plural) : Attribute
{
    /// <summary>The kind in the singular.</summary>
    public string Name { get; } = name;

    /// <summary>The kind in the plural.</summary>
    public string Plural { get; } = plural;
}
