namespace Frugal.Graphs;

/// <summary>
/// The memory behind one or several values: a view, a reshape or an in-place update has the storage of what it was made from.
/// </summary>
public sealed class GraphStorage
{
    internal GraphStorage(GraphParameter? parameter, long bytes) => (Parameter, Bytes) = (parameter, bytes);

    /// <summary>The parameter or buffer that lies here, or null.</summary>
    public GraphParameter? Parameter { get; }

    /// <summary>Bytes of the value that was first placed here.</summary>
    public long Bytes { get; }
}
