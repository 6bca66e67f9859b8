namespace Frugal.Catalogue.Documents;

/// <summary>Values in order.</summary>
public sealed class DocumentList : DocumentNode
{
    /// <param name="items">The values.</param>
    /// <param name="mark">Where the list begins.</param>
    public DocumentList(IReadOnlyList<DocumentNode> items, DocumentMark mark = default) : base(mark)
    {
        Items = items;
        Weight = 1 + items.Sum(item => item.Weight);
    }

    /// <summary>The values.</summary>
    public IReadOnlyList<DocumentNode> Items { get; }

    /// <inheritdoc/>
    public override string Words => "a list";

    internal override long Weight { get; }

    /// <summary>The list with another value at a position.</summary>
    public DocumentList With(int index, DocumentNode item) => new([.. Items.Take(index), item, .. Items.Skip(index + 1)], Mark);
}
