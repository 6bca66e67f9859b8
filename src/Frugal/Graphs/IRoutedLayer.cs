namespace Frugal.Graphs;

/// <summary>
/// A layer that hands each row to some of its children only. Which depends on the values, so a graph shows every child with every row (<see cref="Graph.IsCapturing"/>); multiply-adds are counted for the share
/// that runs.
/// </summary>
public interface IRoutedLayer
{
    /// <summary>Name of the child whose children rows are handed to, e.g. <c>experts</c>.</summary>
    string RoutedChildren { get; }

    /// <summary>Share of the rows that each of them computes on average, above 0 and up to 1.</summary>
    double RoutedShare { get; }
}
