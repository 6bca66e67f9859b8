using Frugal.Graphs.Groups.Rules;
using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups;

/// <summary>
/// Follows the channels of every parameter through a graph. The outermost operator that has a rule is taken; of others, what they ran in turn. Channels that reach an operator
/// without either are frozen, as are those that reach the network's inputs and outputs.
/// </summary>
internal sealed class ChannelTrace
{
    private readonly Dictionary<GraphValue, SlotLayout> layouts = [];

    public ChannelTrace(Graph graph)
    {
        foreach (var parameter in graph.Parameters)
            layouts[parameter] = OfParameter(parameter);
        foreach (var input in graph.Inputs)
            layouts.TryAdd(input, new SlotLayout(input.Shape, [], "the network's input"));
        Follow(graph.Nodes);
        foreach (var output in graph.Outputs)
        {
            foreach (var block in LayoutOf(output).Blocks)
                Sets.Freeze(block.Slots, "it is the network's output");
        }
        SettleSplits(graph);
    }

    public SlotSets Sets { get; } = new();

    /// <summary>The values that were followed.</summary>
    public IReadOnlyDictionary<GraphValue, SlotLayout> Layouts => layouts;

    public SlotLayout LayoutOf(GraphValue value) =>
        layouts.GetValueOrDefault(value) ?? new SlotLayout(value.Shape, [], value.Role == ValueRole.Constant ? "a constant made in forward" : null);

    public void Define(GraphValue value, SlotLayout layout) => layouts[value] = layout;

    private SlotLayout OfParameter(GraphValue parameter) => new(
        parameter.Shape,
        [.. Enumerable.Range(0, parameter.Shape.Count).Where(axis => parameter.Shape[axis] > 1).Select(axis => new SlotBlock([axis], Sets.Add(parameter.Shape[axis])))]);

    private void Follow(IReadOnlyList<GraphNode> nodes)
    {
        foreach (var node in nodes)
        {
            if (ChannelRules.Default.Find(node.Operator) is { } rule)
                rule(new ChannelCall(node, this));
            else if (node.Children.Count > 0)
                Follow(node.Children);
            // A view step of its own memory, an operator without rule, or one whose parts do not tell where its result comes from.
            if (!node.Outputs.All(layouts.ContainsKey))
                Abandon(node);
        }
    }

    private void Abandon(GraphNode node)
    {
        var algebra = new SlotAlgebra(Sets, node);
        foreach (var input in node.Inputs)
            algebra.Freeze(LayoutOf(input), "channels are not followed through the operator");
        foreach (var output in node.Outputs)
            layouts[output] = new SlotLayout(output.Shape, [], $"a result of {node.Operator}{(node.ModulePath.Length > 0 ? $" in '{node.ModulePath}'" : "")}");
    }

    /// <summary>
    /// Each tensor must keep its shape of a box, so channels that lie over several axes can only go slice by slice along one of them. Where no operator chose that axis it is
    /// the longest, which leaves the finest choice, and of equal ones the last, since programs rather fix the number of parts than their width.
    /// </summary>
    private void SettleSplits(Graph graph)
    {
        foreach (var (value, layout) in layouts)
        {
            foreach (var block in layout.Blocks.Where(block => block.Axes.Count > 1))
            {
                var algebra = new SlotAlgebra(Sets, graph.Nodes[0]);
                if (Sets.AxisOf(layout, block) is null)
                    algebra.Collapse(layout, block, [block.Axes.Reverse().MaxBy(axis => value.Shape[axis])]);
            }
        }
    }
}
