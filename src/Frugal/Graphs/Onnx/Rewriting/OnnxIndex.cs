using Frugal.Graphs.Onnx.Model;

namespace Frugal.Graphs.Onnx.Rewriting;

/// <summary>Who makes each value of a model, and who uses it: what a rewriting has to know before it changes anything.</summary>
internal sealed class OnnxIndex
{
    private readonly Dictionary<string, OnnxTensor> constants;
    private readonly Dictionary<string, OnnxNode> makers = [];
    private readonly Dictionary<string, List<OnnxNode>> users = [];

    public OnnxIndex(OnnxModel model)
    {
        constants = model.Constants.ToDictionary(constant => constant.Name);
        foreach (var node in model.Nodes)
        {
            foreach (var output in node.Outputs)
                makers[output] = node;
            foreach (var input in node.Inputs.Distinct())
            {
                if (!users.TryGetValue(input, out var known))
                    users[input] = known = [];
                known.Add(node);
            }
        }
    }

    /// <summary>The constant of this name, or null where the value is computed, or left out.</summary>
    public OnnxTensor? Constant(string name) => constants.GetValueOrDefault(name);

    /// <summary>The operator that computes the value, or null for an input or a constant.</summary>
    public OnnxNode? MakerOf(string name) => makers.GetValueOrDefault(name);

    /// <summary>The operators that take the value.</summary>
    public IReadOnlyList<OnnxNode> UsersOf(string name) => users.TryGetValue(name, out var known) ? known : [];

    /// <summary>The only operator that takes the value, or null when there are several or none. The results of a model are taken by an operator of their own.</summary>
    public OnnxNode? OnlyUserOf(string name) => UsersOf(name) is [var only] ? only : null;
}
