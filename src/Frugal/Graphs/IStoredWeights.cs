namespace Frugal.Graphs;

/// <summary>A layer that holds weights in buffers, where a count of parameters does not see them.</summary>
public interface IStoredWeights
{
    /// <summary>Weights stored in buffers.</summary>
    long StoredWeights { get; }

    /// <summary>Those that are not zero.</summary>
    long NonZeroWeights { get; }
}
