using Frugal.Graphs.Counting;

namespace Frugal.Graphs.Groups;

/// <summary>Counts a graph as if its values had other shapes.</summary>
internal sealed class CostPrediction(Graph graph, Func<GraphValue, IReadOnlyList<long>> shapeOf)
{
    private readonly Dictionary<GraphValue, GraphValue> resized = [];

    /// <summary>Multiply-adds of one example; the first dimension of the first input is the batch, as in every count.</summary>
    public long Macs() => graph.Nodes.Sum(Macs) / (graph.Inputs[0].Shape is [> 0 and var batch, ..] ? batch : 1);

    private long Macs(GraphNode node)
    {
        var copy = new GraphNode(node.Schema, node.ModulePath, [.. node.Arguments.Select(Resize)]) { Outputs = [.. node.Outputs.Select(Resize)] };
        return MacRules.Of(copy) is { } products ? products.Sum(product => product.Macs) : node.Children.Sum(Macs);
    }

    private object? Resize(object? argument) => argument switch
    {
        GraphValue value => Resize(value),
        IReadOnlyList<object?> list => list.Select(Resize).ToList(),
        _ => argument,
    };

    private GraphValue Resize(GraphValue value)
    {
        if (!resized.TryGetValue(value, out var copy))
            resized[value] = copy = new GraphValue(value.Id, value.Role, value.Name, value.DType, value.Layout with { Shape = shapeOf(value) }, value.Storage);
        return copy;
    }
}
