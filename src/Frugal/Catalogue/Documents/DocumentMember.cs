namespace Frugal.Catalogue.Documents;

/// <summary>A name in a mapping, and its value.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
/// <param name="Mark">Where the name was written.</param>
public sealed record DocumentMember(string Name, DocumentNode Value, DocumentMark Mark = default);
