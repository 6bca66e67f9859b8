namespace Frugal.Catalogue;

/// <summary>A kind of catalogue entry: step, training method, optimizer, model.</summary>
/// <param name="Name">The kind in the singular.</param>
/// <param name="Plural">The kind in the plural.</param>
/// <param name="Type">The base type or interface that its entries share.</param>
public sealed record CatalogueKind(string Name, string Plural, Type Type);
