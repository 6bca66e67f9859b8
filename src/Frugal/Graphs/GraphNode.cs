namespace Frugal.Graphs;

/// <summary>One operator that ran, with the operators that it ran in turn.</summary>
public sealed class GraphNode
{
    internal GraphNode(OperatorSchema schema, string modulePath, object?[] arguments)
    {
        (Schema, ModulePath) = (schema, modulePath);
        Arguments = arguments;
        Inputs = [.. arguments.SelectMany(Tensors)];
    }

    /// <summary>Name with namespace, e.g. <c>aten::conv2d</c>.</summary>
    public string Operator => Schema.Operator;

    /// <summary>The signature, which names the arguments.</summary>
    public OperatorSchema Schema { get; }

    /// <summary>Path of the module that ran it, e.g. <c>layer1.0.conv1</c>; empty for the model itself.</summary>
    public string ModulePath { get; }

    /// <summary>
    /// The arguments in the signature's order: null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>,
    /// <see cref="GraphValue"/>, or a list of these.
    /// </summary>
    public IReadOnlyList<object?> Arguments { get; }

    /// <summary>The tensors among the arguments.</summary>
    public IReadOnlyList<GraphValue> Inputs { get; }

    /// <summary>The tensors returned; for an in-place operator the tensor after the change.</summary>
    public IReadOnlyList<GraphValue> Outputs { get; internal set; } = [];

    /// <summary>What the operator ran to do its work, in order of execution; empty where it computes itself.</summary>
    public IReadOnlyList<GraphNode> Children { get; internal set; } = [];

    /// <summary>
    /// For <c>graph::update_view</c> and <c>graph::view</c>, which stand for the effect of in-place updates on other views of the same memory: the
    /// operators that lead from the whole tensor to the view. Empty for all others.
    /// </summary>
    public IReadOnlyList<ViewStep> Path { get; internal init; } = [];

    /// <summary>The arguments that are not tensors, by name.</summary>
    public IReadOnlyDictionary<string, object?> Attributes =>
        Schema.Arguments.Zip(Arguments).Where(pair => !Tensors(pair.Second).Any()).ToDictionary(pair => pair.First, pair => pair.Second);

    /// <summary>Whether the operator updates this argument in place.</summary>
    internal bool Changes(GraphValue argument)
    {
        for (var i = 0; i < Arguments.Count; i++)
        {
            if (Schema.Changes(i) && Tensors(Arguments[i]).Contains(argument))
                return true;
        }
        return false;
    }

    /// <summary>Operator, module and shapes, as errors name it.</summary>
    public override string ToString() =>
        $"{Operator} in {(ModulePath.Length > 0 ? $"'{ModulePath}'" : "the model's own forward")} ({string.Join(", ", Inputs.Select(v => v.Layout))}"
        + $" → {string.Join(", ", Outputs.Select(v => v.Layout))})";

    private static IEnumerable<GraphValue> Tensors(object? argument) => argument switch
    {
        GraphValue value => [value],
        IReadOnlyList<object?> list => list.SelectMany(Tensors),
        _ => [],
    };
}
