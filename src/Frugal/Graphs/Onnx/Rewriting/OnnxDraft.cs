using Frugal.Graphs.Onnx.Model;

namespace Frugal.Graphs.Onnx.Rewriting;

/// <summary>The operators and constants of a model in the making, with names that are each given once.</summary>
/// <param name="original">The model that is rewritten; none of its names is given to anything new.</param>
internal sealed class OnnxDraft(OnnxModel original)
{
    private readonly List<OnnxNode> nodes = [];
    private readonly Dictionary<string, OnnxTensor> constants = [];
    private readonly HashSet<string> taken =
    [
        .. original.Constants.Select(constant => constant.Name), .. original.Inputs.Select(input => input.Name), .. original.Nodes.SelectMany(node => node.Outputs),
    ];

    /// <summary>Takes an operator as it is.</summary>
    public void Keep(OnnxNode node) => nodes.Add(node);

    /// <summary>Adds an operator with one result, which gets the wished name or one like it.</summary>
    public string Add(string wish, string op, IReadOnlyList<string> inputs, params IEnumerable<(string Name, object Value)> attributes)
    {
        var name = Fresh(wish);
        nodes.Add(new OnnxNode(op, name, inputs, [name], [.. attributes.Select(attribute => new OnnxAttribute(attribute.Name, attribute.Value))]));
        return name;
    }

    /// <summary>Puts a constant in the place of the original's constant of the same name.</summary>
    public string Replace(OnnxTensor constant)
    {
        constants[constant.Name] = constant;
        return constant.Name;
    }

    /// <summary>Adds a constant, under the wished name or one like it.</summary>
    public string Constant<T>(string wish, int element, IReadOnlyList<long> shape, params T[] values) where T : unmanaged
    {
        var constant = OnnxTensor.Of(Fresh(wish), element, shape, values);
        constants.Add(constant.Name, constant);
        return constant.Name;
    }

    /// <summary>The rewritten model, without what its outputs do not depend on.</summary>
    public OnnxModel Finish()
    {
        var wanted = original.Outputs.Select(output => output.Name).ToHashSet();
        List<OnnxNode> kept = [];
        foreach (var node in Enumerable.Reverse(nodes).Where(node => node.Outputs.Any(wanted.Contains)))
        {
            kept.Add(node);
            wanted.UnionWith(node.Inputs);
        }
        kept.Reverse();
        var made = kept.SelectMany(node => node.Outputs).ToHashSet();
        var untouched = original.Constants.Where(constant => !constants.ContainsKey(constant.Name));
        return original with
        {
            Nodes = kept,
            Constants = [.. untouched.Concat(constants.Values).Where(constant => wanted.Contains(constant.Name))],
            Intermediates = [.. original.Intermediates.Where(value => made.Contains(value.Name))],
        };
    }

    private string Fresh(string wish)
    {
        var name = wish;
        for (var i = 2; !taken.Add(name); i++)
            name = $"{wish}_{i}";
        return name;
    }
}
