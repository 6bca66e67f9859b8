namespace Frugal.Graphs.Capturing;

/// <summary>
/// Gives views value semantics. When a view is updated in place, the tensor below it and its other views change too; two operators of our own say how:
/// <c>graph::update_view</c> takes the tensor and the updated view and returns the tensor after the update, <c>graph::view</c> looks at that tensor again.
/// </summary>
internal sealed class ViewTracker(Func<GraphValue, GraphValue> newValueLike)
{
    public const string UpdateOperator = "graph::update_view", ViewOperator = "graph::view";

    private static readonly OperatorSchema update = new(UpdateOperator, "", ["self", "updated"]);
    private static readonly OperatorSchema view = new(ViewOperator, "", ["self"]);

    private readonly Dictionary<GraphStorage, Memory> memories = [];
    private readonly Dictionary<GraphValue, IReadOnlyList<ViewStep>> steps = [];
    private readonly Dictionary<GraphValue, int> seenAt = [];

    /// <summary>A value has come to be; the first one in a storage is the tensor, later ones are views of it.</summary>
    public void Define(GraphValue value)
    {
        if (!memories.TryGetValue(value.Storage, out var memory))
            memories[value.Storage] = memory = new Memory(value);
        seenAt[value] = memory.Updates;
    }

    /// <summary>An operator at any depth has run. The outermost operator that made a view is the one that is kept as its step.</summary>
    public void Ran(GraphNode node)
    {
        for (var i = 0; i < node.Outputs.Count; i++)
        {
            var output = node.Outputs[i];
            seenAt[output] = memories[output.Storage].Updates;
            var source = node.Inputs.FirstOrDefault(input => input.Storage == output.Storage);
            if (source is null)
                BeginWith(output);
            else if (source != output)
                steps[output] = node.Changes(source) ? StepsOf(source) : [.. StepsOf(source), new ViewStep(node, i)];
        }
    }

    /// <summary>The operators of our own that follow an operator called by the model, because it updated a view.</summary>
    public IEnumerable<GraphNode> After(GraphNode node)
    {
        foreach (var changed in node.Inputs.Where(node.Changes).Distinct())
        {
            if (node.Outputs.FirstOrDefault(output => output.Storage == changed.Storage) is not { } updated)
                continue;
            var memory = memories[changed.Storage];
            memory.Updates++;
            seenAt[updated] = memory.Updates;
            if (StepsOf(changed) is not { Count: > 0 } path)
            {
                memory.Whole = updated;
                continue;
            }
            var whole = newValueLike(memory.Whole);
            yield return new GraphNode(update, node.ModulePath, [memory.Whole, updated]) { Outputs = [whole], Path = path };
            memory.Whole = whole;
            seenAt[whole] = memory.Updates;
        }
    }

    /// <summary>What a value has become through updates of other views, with the operator of our own that says so, if any is needed.</summary>
    public (GraphValue Value, GraphNode? Node) Current(GraphValue value, string modulePath)
    {
        var memory = memories[value.Storage];
        if (seenAt[value] == memory.Updates)
            return (value, null);
        if (StepsOf(value) is not { Count: > 0 } path)
            return (memory.Whole, null);
        var again = newValueLike(value);
        steps[again] = path;
        seenAt[again] = memory.Updates;
        return (again, new GraphNode(view, modulePath, [memory.Whole]) { Outputs = [again], Path = path });
    }

    /// <summary>Memory that an operator returns and that no argument has: what it was inside the operator does not matter any more.</summary>
    private void BeginWith(GraphValue output)
    {
        memories[output.Storage].Whole = output;
        steps.Remove(output);
    }

    private IReadOnlyList<ViewStep> StepsOf(GraphValue value) => steps.GetValueOrDefault(value, []);

    private sealed class Memory(GraphValue whole)
    {
        public GraphValue Whole = whole;
        public int Updates;
    }
}
