namespace Frugal.Graphs.Onnx.Symbols;

/// <summary>Two captures of a model, with batches of n and n + 1 examples, read as one computation for every batch size.</summary>
internal sealed class SymbolicGraph
{
    private readonly Dictionary<GraphValue, SymbolicValue> values = [];
    private readonly Dictionary<GraphNode, SymbolicNode> nodes = [];
    private readonly long batch;

    /// <exception cref="GraphException">The two differ in more than sizes; the message names the first difference.</exception>
    public SymbolicGraph(Graph first, Graph second)
    {
        batch = first.Inputs[0].Shape[0];
        Parameters = Pair(first.Parameters, second.Parameters, "parameters");
        Inputs = Pair(first.Inputs, second.Inputs, "inputs");
        Nodes = Pair(first.Nodes, second.Nodes, () => "The model");
        Outputs = Pair(first.Outputs, second.Outputs, "outputs");
    }

    public IReadOnlyList<SymbolicValue> Parameters { get; }

    public IReadOnlyList<SymbolicValue> Inputs { get; }

    public IReadOnlyList<SymbolicValue> Outputs { get; }

    public IReadOnlyList<SymbolicNode> Nodes { get; }

    private IReadOnlyList<SymbolicValue> Pair(IReadOnlyList<GraphValue> first, IReadOnlyList<GraphValue> second, string what) =>
        first.Count == second.Count
            ? [.. first.Zip(second, Value)]
            : throw new GraphException($"The model has {first.Count} {what} with {batch} examples, but {second.Count} with {batch + 1}; their number must not depend on the batch.");

    private IReadOnlyList<SymbolicNode> Pair(IReadOnlyList<GraphNode> first, IReadOnlyList<GraphNode> second, Func<string> who)
    {
        for (var i = 0; i < Math.Max(first.Count, second.Count); i++)
        {
            if (i >= first.Count || i >= second.Count || first[i].Operator != second[i].Operator || first[i].Schema.Overload != second[i].Schema.Overload)
            {
                throw new GraphException(
                    $"{who()} computes differently for {batch} and {batch + 1} examples, so it cannot be exported for every batch size. The first difference: "
                    + $"{(i < first.Count ? first[i] : "it ends")} against {(i < second.Count ? second[i] : "it ends")}.");
            }
        }
        return [.. first.Zip(second, Node)];
    }

    private SymbolicNode Node(GraphNode first, GraphNode second)
    {
        var arguments = first.Arguments.Zip(second.Arguments, (a, b) => Argument(a, b, first)).ToList();
        if (first.Outputs.Count != second.Outputs.Count)
            throw new GraphException($"{first} has another number of results with {batch + 1} examples: {second}.");
        var outputs = first.Outputs.Zip(second.Outputs, Value).ToList();
        IReadOnlyList<SymbolicNode>? children = null;
        return nodes[first] = new SymbolicNode(first, arguments, outputs, () => children ??= Pair(first.Children, second.Children, first.ToString))
        {
            Path = [.. first.Path.Select(step => (Step(step.Node), step.Output))],
        };
    }

    private SymbolicNode Step(GraphNode node) => nodes.TryGetValue(node, out var step)
        ? step
        : throw new GraphException($"{node} makes a view inside another operator, and the view is updated in place later; that cannot be followed.");

    private object? Argument(object? first, object? second, GraphNode node) => (first, second) switch
    {
        (GraphValue a, GraphValue b) => Value(a, b),
        (long a, long b) => Extent.Between(a, b, batch),
        (IReadOnlyList<object?> a, IReadOnlyList<object?> b) when a.Count == b.Count => a.Zip(b, (x, y) => Argument(x, y, node)).ToList(),
        _ when Equals(first, second) => first,
        _ => throw new GraphException($"An argument of {node} is {first ?? "absent"} with {batch} examples and {second ?? "absent"} with {batch + 1}; only sizes may depend on the batch."),
    };

    private SymbolicValue Value(GraphValue first, GraphValue second)
    {
        if (values.TryGetValue(first, out var known))
            return known;
        if (first.DType != second.DType || first.Shape.Count != second.Shape.Count)
            throw new GraphException($"A tensor is {first.DType} {first.Layout} with {batch} examples and {second.DType} {second.Layout} with {batch + 1}; only sizes may depend on the batch.");
        return values[first] = new SymbolicValue(first, [.. first.Shape.Zip(second.Shape, (a, b) => Extent.Between(a, b, batch))]);
    }
}
