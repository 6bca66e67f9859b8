using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx;

/// <summary>Finds where <c>forward</c> reads a number out of a tensor that depends on the input: what the program does with it is not in the graph.</summary>
internal static class DependentControl
{
    /// <exception cref="GraphException">It does.</exception>
    public static void Refuse(SymbolicGraph graph)
    {
        var dependent = graph.Inputs.ToHashSet();
        foreach (var node in graph.Nodes)
        {
            if (!node.Inputs.Any(dependent.Contains))
                continue;
            dependent.UnionWith(node.Outputs);
            if (Reads(node))
            {
                throw new GraphException(
                    $"{node} reads a number out of a tensor that depends on the input, and the program goes on with that number outside the graph, where an export cannot follow. "
                    + "Compute with tensors instead, or keep the decision outside the model.");
            }
        }
    }

    private static bool Reads(SymbolicNode node) => node.Operator switch
    {
        "aten::item" or "aten::_local_scalar_dense" or "aten::is_nonzero" or "aten::allclose" => true,
        // Multi-head attention asks whether query, key and value are the same tensor.
        "aten::equal" => !ReferenceEquals(node.Arguments[0], node.Arguments[1]),
        _ => false,
    };
}
