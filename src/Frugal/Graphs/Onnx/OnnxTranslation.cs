using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx;

/// <summary>
/// Translates a graph, operator by operator. The outermost operator that has a counterpart is taken; of others, what they ran in turn.
/// </summary>
internal sealed class OnnxTranslation
{
    private readonly OnnxEmitter emit;

    private OnnxTranslation(SymbolicGraph graph) => emit = new OnnxEmitter(graph);

    public static OnnxModel Of(SymbolicGraph graph, string name, IReadOnlyDictionary<string, string> metadata)
    {
        DependentControl.Refuse(graph);
        var translation = new OnnxTranslation(graph);
        translation.Translate(graph.Nodes, graph.Outputs);
        return translation.Model(graph, name, metadata);
    }

    // The outermost operator without a counterpart is what the model's author called, and is named where one that it runs has none either.
    private void Translate(IReadOnlyList<SymbolicNode> nodes, IEnumerable<SymbolicValue> wanted, OperatorCall? outermost = null)
    {
        foreach (var node in Needed(nodes, wanted))
        {
            emit.Scope = node.ModulePath;
            RefuseMemory(node);
            var call = new OperatorCall(node, emit);
            if (OperatorTable.Default.Find(node.Operator) is { } translation)
                translation(call);
            else if (node.Captured.Children.Count > 0)
                Translate(node.Children, node.Outputs, outermost ?? call);
            else
                throw (outermost ?? call).Unsupported($"ONNX has no counterpart for {(outermost is null ? "this operator" : $"it, nor for {node.Operator} which it runs")}, or Frugal does not know it yet");
        }
    }

    /// <summary>The nodes that the wanted values depend on, without those that hand an argument back untouched.</summary>
    private static List<SymbolicNode> Needed(IReadOnlyList<SymbolicNode> nodes, IEnumerable<SymbolicValue> wanted)
    {
        var values = wanted.ToHashSet();
        List<SymbolicNode> needed = [];
        foreach (var node in nodes.Reverse())
        {
            var inputs = node.Inputs.ToHashSet();
            if (!node.Outputs.Any(output => values.Contains(output) && !inputs.Contains(output)))
                continue;
            needed.Add(node);
            values.UnionWith(Overwrites(node) ? inputs.Skip(1) : inputs);
        }
        needed.Reverse();
        return needed;
    }

    /// <summary>Whether nothing is left of what was in the first argument.</summary>
    private static bool Overwrites(SymbolicNode node) => node.Operator is "aten::copy_" or "aten::fill_" or "aten::zero_";

    private static void RefuseMemory(SymbolicNode node)
    {
        if (node.Captured.Inputs.FirstOrDefault(input => input.Storage.Parameter is not null && node.Captured.Changes(input)) is { } changed)
            throw new GraphException($"{node} updates '{changed.Storage.Parameter!.Name}' in forward; an ONNX model keeps nothing from one call to the next.");
    }

    private OnnxModel Model(SymbolicGraph graph, string name, IReadOnlyDictionary<string, string> metadata)
    {
        // Through a node of its own, an output may also be an input, a weight, or another output.
        emit.Scope = "";
        var outputs = graph.Outputs.Select((value, i) => OnnxEmitter.Describe(emit.AddNamed(i == 0 ? "output" : $"output{i + 1}", "Identity", emit.Of(value)), value)).ToList();
        var nodes = Reachable(outputs);
        var used = nodes.SelectMany(node => node.Inputs).ToHashSet();
        var made = nodes.SelectMany(node => node.Outputs).ToHashSet();
        return new OnnxModel
        {
            Name = name,
            Opset = Math.Max(emit.Opset, nodes.Max(node => OnnxVersions.NeededBy(node.Operator))),
            Nodes = nodes,
            Constants = [.. emit.Constants.Where(constant => used.Contains(constant.Name))],
            Inputs = [.. graph.Inputs.Select(input => OnnxEmitter.Describe(emit.Of(input), input))],
            Outputs = outputs,
            Intermediates = [.. emit.Intermediates.Values.Where(value => made.Contains(value.Name))],
            Metadata = metadata,
        };
    }

    private List<OnnxNode> Reachable(IEnumerable<OnnxValue> outputs)
    {
        var wanted = outputs.Select(output => output.Name).ToHashSet();
        List<OnnxNode> kept = [];
        foreach (var node in emit.Nodes.Reverse())
        {
            if (!node.Outputs.Any(wanted.Contains))
                continue;
            kept.Add(node);
            wanted.UnionWith(node.Inputs);
        }
        kept.Reverse();
        return kept;
    }
}
