namespace Frugal.Catalogue.Documents;

/// <summary>
/// One value of a recipe, a study or a <c>config.json</c>, with the place it was written at. YAML and JSON are both read into these, so that
/// binding, overriding and merging are written once. Nodes never change.
/// </summary>
/// <param name="mark">Where it was written.</param>
public abstract class DocumentNode(DocumentMark mark)
{
    /// <summary>Where it was written.</summary>
    public DocumentMark Mark { get; } = mark;

    /// <summary>What it is, in words, for messages: <c>a list</c>, <c>a mapping</c>, <c>'0.9'</c>.</summary>
    public abstract string Words { get; }

    /// <summary>Number of nodes in the tree below and including this one, every use of an alias counted.</summary>
    internal abstract long Weight { get; }

    /// <summary>The value as one line of JSON with mappings in the order they were written.</summary>
    public override string ToString() => JsonWriter.Write(this, indented: false);
}
