namespace Frugal.Graphs;

/// <summary>One operator on the way from a tensor to a view of it.</summary>
/// <param name="Node">The operator.</param>
/// <param name="Output">Which of its results is meant.</param>
public sealed record ViewStep(GraphNode Node, int Output);
