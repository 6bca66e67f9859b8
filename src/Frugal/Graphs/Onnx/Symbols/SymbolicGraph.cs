namespace Frugal.Graphs.Onnx.Symbols;

/// <summary>Captures of a model, run by run with other sizes, read as one computation for all sizes.</summary>
internal sealed class SymbolicGraph
{
    private readonly Dictionary<GraphValue, SymbolicValue> values = [];
    private readonly Dictionary<GraphNode, SymbolicNode> nodes = [];

    /// <param name="captures">One for each run.</param>
    /// <param name="runs">The sizes that they were made with.</param>
    /// <exception cref="GraphException">They differ in more than sizes; the message names the first difference.</exception>
    public SymbolicGraph(IReadOnlyList<Graph> captures, Runs runs)
    {
        Runs = runs;
        Lengths = captures[0].Lengths;
        Parameters = Values([.. captures.Select(graph => graph.Parameters)], "parameters");
        Inputs = Values([.. captures.Select(graph => graph.Inputs)], "inputs");
        Nodes = Pair([.. captures.Select(graph => graph.Nodes)], () => "The model");
        Outputs = Values([.. captures.Select(graph => graph.Outputs)], "outputs");
    }

    public Runs Runs { get; }

    public IReadOnlyList<DynamicLength> Lengths { get; }

    public IReadOnlyList<SymbolicValue> Parameters { get; }

    public IReadOnlyList<SymbolicValue> Inputs { get; }

    public IReadOnlyList<SymbolicValue> Outputs { get; }

    public IReadOnlyList<SymbolicNode> Nodes { get; }

    private IReadOnlyList<SymbolicValue> Values(IReadOnlyList<IReadOnlyList<GraphValue>> runs, string what)
    {
        if (Odd(runs, list => list.Count) is { } odd)
            throw new GraphException($"The model has {runs[0].Count} {what} with {Runs.Sizes[0]}, but {runs[odd].Count} with {Runs.Sizes[odd]}; their number must not depend on the sizes of its input.");
        return [.. Enumerable.Range(0, runs[0].Count).Select(i => Value([.. runs.Select(list => list[i])]))];
    }

    private IReadOnlyList<SymbolicNode> Pair(IReadOnlyList<IReadOnlyList<GraphNode>> runs, Func<string> who)
    {
        for (var i = 0; i < runs.Max(list => list.Count); i++)
        {
            GraphNode?[] at = [.. runs.Select(list => i < list.Count ? list[i] : null)];
            if (Odd(at, node => (node?.Operator, node?.Schema.Overload)) is { } odd)
            {
                throw new GraphException(
                    $"{who()} computes differently for {Runs.Sizes[0]} and for {Runs.Sizes[odd]}, so it cannot be exported for every {Names}. The first difference: "
                    + $"{at[0]?.ToString() ?? "it ends"} against {at[odd]?.ToString() ?? "it ends"}.");
            }
        }
        return [.. Enumerable.Range(0, runs[0].Count).Select(i => Node([.. runs.Select(list => list[i])]))];
    }

    private string Names => string.Join(" and ", Runs.Sizes[0].Lengths.Keys.Prepend("batch size"));

    private SymbolicNode Node(IReadOnlyList<GraphNode> runs)
    {
        var first = runs[0];
        if (Odd(runs, node => (node.Outputs.Count, node.Arguments.Count)) is { } odd)
            throw new GraphException($"{first} has another number of results with {Runs.Sizes[odd]}: {runs[odd]}.");
        var arguments = Enumerable.Range(0, first.Arguments.Count).Select(i => Argument([.. runs.Select(node => node.Arguments[i])], first)).ToList();
        var outputs = Enumerable.Range(0, first.Outputs.Count).Select(i => Value([.. runs.Select(node => node.Outputs[i])])).ToList();
        IReadOnlyList<SymbolicNode>? children = null;
        return nodes[first] = new SymbolicNode(first, arguments, outputs, () => children ??= Pair([.. runs.Select(node => node.Children)], first.ToString))
        {
            Path = [.. first.Path.Select(step => (Step(step.Node), step.Output))],
        };
    }

    private SymbolicNode Step(GraphNode node) => nodes.TryGetValue(node, out var step)
        ? step
        : throw new GraphException($"{node} makes a view inside another operator, and the view is updated in place later; that cannot be followed.");

    private object? Argument(IReadOnlyList<object?> runs, GraphNode node)
    {
        if (runs.All(run => run is GraphValue))
            return Value([.. runs.Cast<GraphValue>()]);
        if (runs.All(run => run is long))
            return Extent.Of(runs.Cast<long>());
        if (runs.All(run => run is IReadOnlyList<object?>))
        {
            IReadOnlyList<IReadOnlyList<object?>> lists = [.. runs.Cast<IReadOnlyList<object?>>()];
            if (Odd(lists, list => list.Count) is null)
                return Enumerable.Range(0, lists[0].Count).Select(i => Argument([.. lists.Select(list => list[i])], node)).ToList();
        }
        if (Odd(runs, run => run) is { } odd)
            throw new GraphException($"An argument of {node} is {runs[0] ?? "absent"} with {Runs.Sizes[0]} and {runs[odd] ?? "absent"} with {Runs.Sizes[odd]}; only whole numbers may depend on the sizes of the input.");
        return runs[0];
    }

    private SymbolicValue Value(IReadOnlyList<GraphValue> runs)
    {
        var first = runs[0];
        if (values.TryGetValue(first, out var known))
            return known;
        if (Odd(runs, value => (value.DType, value.Shape.Count)) is { } odd)
            throw new GraphException($"A tensor is {first.DType} {first.Layout} with {Runs.Sizes[0]} and {runs[odd].DType} {runs[odd].Layout} with {Runs.Sizes[odd]}; only its sizes may depend on those of the input.");
        IReadOnlyList<Extent> shape = [.. Enumerable.Range(0, first.Shape.Count).Select(axis => Extent.Of(runs.Select(value => value.Shape[axis])))];
        return values[first] = new SymbolicValue(first, shape, Runs) { Number = NumberOf(runs) };
    }

    /// <summary>The number that a constant of one element is in each run, where it is not the same one.</summary>
    /// <exception cref="GraphException">A constant changes from run to run and is not a whole number.</exception>
    private Extent? NumberOf(IReadOnlyList<GraphValue> runs)
    {
        if (runs.Any(run => run.Constant is null) || Odd(runs, run => Convert.ToHexString(run.Constant!.Bytes)) is not { } odd || Odd(runs, run => run.NumElements) is not null)
            return null;
        double[] numbers = runs[0].NumElements == 1 ? [.. runs.Select(run => run.Constant!.ToDouble())] : [];
        return numbers.Length > 0 && numbers.All(double.IsInteger)
            ? Extent.Of(numbers.Select(number => (long)number))
            : throw new GraphException(
                $"A constant of shape {runs[0].Layout} that the model makes outside libtorch's operators has other elements with {Runs.Sizes[0]} than with {Runs.Sizes[odd]}; compute it with tensor operators from whole numbers.");
    }

    /// <summary>The first run that differs from run 0, or null.</summary>
    private static int? Odd<T, TKey>(IReadOnlyList<T> runs, Func<T, TKey> key)
    {
        for (var run = 1; run < runs.Count; run++)
        {
            if (!EqualityComparer<TKey>.Default.Equals(key(runs[0]), key(runs[run])))
                return run;
        }
        return null;
    }
}
