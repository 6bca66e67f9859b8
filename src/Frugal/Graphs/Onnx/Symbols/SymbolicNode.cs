namespace Frugal.Graphs.Onnx.Symbols;

/// <summary>An operator call that holds for every batch size; integers among the arguments are <see cref="Extent"/>s, tensors <see cref="SymbolicValue"/>s.</summary>
internal sealed class SymbolicNode(GraphNode captured, IReadOnlyList<object?> arguments, IReadOnlyList<SymbolicValue> outputs, Func<IReadOnlyList<SymbolicNode>> children)
{
    public GraphNode Captured => captured;

    public OperatorSchema Schema => captured.Schema;

    public string Operator => captured.Operator;

    public string ModulePath => captured.ModulePath;

    public IReadOnlyList<object?> Arguments => arguments;

    public IReadOnlyList<SymbolicValue> Outputs => outputs;

    /// <summary>What the operator ran to do its work.</summary>
    /// <exception cref="GraphException">That differs with the batch size.</exception>
    public IReadOnlyList<SymbolicNode> Children => children();

    /// <summary>The steps from a tensor to its view, see <see cref="GraphNode.Path"/>.</summary>
    public IReadOnlyList<(SymbolicNode Node, int Output)> Path { get; init; } = [];

    /// <summary>The tensors among the arguments.</summary>
    public IEnumerable<SymbolicValue> Inputs => arguments.SelectMany(Tensors);

    /// <summary>The tensors of one argument.</summary>
    public static IEnumerable<SymbolicValue> Tensors(object? argument) => argument switch
    {
        SymbolicValue value => [value],
        IReadOnlyList<object?> list => list.SelectMany(Tensors),
        _ => [],
    };

    /// <summary>Operator, module and shapes, as errors name it.</summary>
    public override string ToString() =>
        $"{Operator}{(Schema.Overload.Length > 0 ? $".{Schema.Overload}" : "")} in {(ModulePath.Length > 0 ? $"'{ModulePath}'" : "the model's own forward")}"
        + $" ({string.Join(", ", Inputs)} → {string.Join(", ", outputs)})";
}
