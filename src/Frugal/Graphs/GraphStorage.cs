namespace Frugal.Graphs;

/// <summary>
/// The memory behind one or several values: a view, a reshape or an in-place update has the storage of what it was made from.
/// </summary>
public sealed class GraphStorage
{
    internal GraphStorage(GraphParameter? parameter) => Parameter = parameter;

    /// <summary>The parameter or buffer that lies here, or null.</summary>
    public GraphParameter? Parameter { get; }

    /// <summary>Bytes that the values here reach over.</summary>
    public long Bytes { get; private set; }

    internal void Hold(long bytes) => Bytes = Math.Max(Bytes, bytes);
}
