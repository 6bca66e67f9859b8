using System.Collections;
using Frugal.Graphs.Counting;

namespace Frugal.Graphs.Groups;

/// <summary>
/// The channel groups of a model, found by following every dimension of every parameter through its graph: residual additions and products tie what they bring together,
/// concatenations and splits pass on ranges, grouped and depthwise convolutions, norms, flattening and attention heads their own patterns. Operators that are not known freeze what
/// reaches them, so that a removal is never wrong.
/// </summary>
public sealed class ChannelGroups : IReadOnlyList<ChannelGroup>
{
    private readonly IReadOnlyList<ChannelGroup> groups;
    private readonly ShapePrediction prediction;

    internal ChannelGroups(Graph graph)
    {
        var trace = new ChannelTrace(graph);
        var builder = new GroupBuilder(graph, trace.Sets, trace.LayoutOf);
        groups = builder.Groups;
        prediction = new ShapePrediction(trace, builder.ChannelOf);
        Graph = graph;
    }

    /// <summary>The graph they were found in.</summary>
    public Graph Graph { get; }

    /// <summary>Number of groups, frozen ones included.</summary>
    public int Count => groups.Count;

    /// <summary>A group, in the order of the model's parameters.</summary>
    public ChannelGroup this[int index] => groups[index];

    /// <summary>Multiply-adds of one example once channels are gone or copied, by the same count as <see cref="Graph.Count"/> and without touching the model.</summary>
    public long MacsAfter(ChannelChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return new CostPrediction(Graph, value => prediction.ShapeOf(value, change)).Macs();
    }

    /// <summary>The shape that a value of the graph will have.</summary>
    internal IReadOnlyList<long> ShapeAfter(GraphValue value, ChannelChange change) => prediction.ShapeOf(value, change);

    /// <inheritdoc/>
    public IEnumerator<ChannelGroup> GetEnumerator() => groups.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>A group a line.</summary>
    public override string ToString() => string.Join('\n', groups);
}
