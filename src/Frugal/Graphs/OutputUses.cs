namespace Frugal.Graphs;

/// <summary>Which operators use what a module hands out, read off a captured computation.</summary>
internal sealed class OutputUses
{
    private readonly Graph graph;
    private readonly ILookup<int, GraphNode> uses;

    public OutputUses(Graph graph)
    {
        this.graph = graph;
        uses = graph.Nodes.SelectMany(node => node.Inputs.Select(input => (input.Id, Node: node))).ToLookup(use => use.Id, use => use.Node);
    }

    /// <summary>The uses of an operator's only output; of a second name for it, those of that name.</summary>
    public IReadOnlyList<GraphNode> Of(GraphNode node) =>
        node.Outputs is [var output] ? [.. uses[output.Id].SelectMany(use => use.Operator == "aten::alias" ? Of(use) : [use])] : [];

    /// <summary>The uses of what the module at a path computes last.</summary>
    public IReadOnlyList<GraphNode> Of(string path) => graph.Nodes.LastOrDefault(node => node.ModulePath == path) is { } last ? Of(last) : [];

    /// <summary>Whether the model hands out what the module at a path computes last, perhaps under another name.</summary>
    public bool IsResult(string path) => graph.Nodes.LastOrDefault(node => node.ModulePath == path) is { Outputs: [var output] } last
        && (graph.Outputs[0].Id == output.Id || uses[output.Id].All(use => use.Operator == "aten::alias") && Of(last).Count == 0);
}
