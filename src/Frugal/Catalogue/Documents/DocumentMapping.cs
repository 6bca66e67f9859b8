namespace Frugal.Catalogue.Documents;

/// <summary>Values by name, in the order they were written, each name once.</summary>
public sealed class DocumentMapping : DocumentNode
{
    private readonly Dictionary<string, DocumentMember> byName = new(StringComparer.Ordinal);

    /// <param name="members">Names and values.</param>
    /// <param name="mark">Where the mapping begins.</param>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public DocumentMapping(IReadOnlyList<DocumentMember> members, DocumentMark mark = default) : base(mark)
    {
        Members = members;
        foreach (var member in members)
            byName.Add(member.Name, member);
        Weight = 1 + members.Sum(member => 1 + member.Value.Weight);
    }

    /// <summary>Names and values.</summary>
    public IReadOnlyList<DocumentMember> Members { get; }

    /// <inheritdoc/>
    public override string Words => "a mapping";

    internal override long Weight { get; }

    /// <summary>The value of a name, or null when the mapping does not have it.</summary>
    public DocumentNode? this[string name] => byName.GetValueOrDefault(name)?.Value;

    /// <summary>The mapping with a value put in the place of the one of that name, or at the end.</summary>
    public DocumentMapping With(string name, DocumentNode value, DocumentMark mark = default) => byName.ContainsKey(name)
        ? new([.. Members.Select(member => member.Name == name ? member with { Value = value } : member)], Mark)
        : new([.. Members, new(name, value, mark == default ? value.Mark : mark)], Mark);

    /// <summary>The mapping without a name.</summary>
    public DocumentMapping Without(string name) => new([.. Members.Where(member => member.Name != name)], Mark);

    /// <summary>A mapping of one name.</summary>
    public static DocumentMapping Of(string name, DocumentNode value, DocumentMark mark = default) => new([new(name, value, mark)], mark);
}
