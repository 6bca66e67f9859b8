using Frugal.Graphs.Onnx.Operators;

namespace Frugal.Graphs.Onnx;

/// <summary>How each operator of libtorch is written with operators of ONNX, by its name without namespace.</summary>
internal sealed class OperatorTable
{
    private static readonly Lazy<OperatorTable> ours = new(() =>
    {
        var table = new OperatorTable();
        ArithmeticOperators.AddTo(table);
        ActivationOperators.AddTo(table);
        AttentionOperators.AddTo(table);
        ComparisonOperators.AddTo(table);
        ConvolutionOperators.AddTo(table);
        CreationOperators.AddTo(table);
        IndexOperators.AddTo(table);
        JoinOperators.AddTo(table);
        MatrixOperators.AddTo(table);
        NormalizationOperators.AddTo(table);
        PadOperators.AddTo(table);
        PoolingOperators.AddTo(table);
        RecurrentOperators.AddTo(table);
        ReductionOperators.AddTo(table);
        ResizeOperators.AddTo(table);
        ShapeOperators.AddTo(table);
        SortOperators.AddTo(table);
        ViewUpdateOperators.AddTo(table);
        return table;
    });

    private readonly Dictionary<string, Action<OperatorCall>> translations = [];

    public static OperatorTable Default => ours.Value;

    /// <summary>Names of the operators that can be written.</summary>
    public IEnumerable<string> Names => translations.Keys;

    public void Add(string name, Action<OperatorCall> translation) => translations.Add(name, translation);

    public void Add(IEnumerable<string> names, Action<OperatorCall> translation)
    {
        foreach (var name in names)
            Add(name, translation);
    }

    /// <summary>The translation of an operator; an in-place one is written like the ordinary one, since values here never change.</summary>
    public Action<OperatorCall>? Find(string op)
    {
        var name = op.StartsWith("aten::", StringComparison.Ordinal) ? op["aten::".Length..] : op;
        return translations.TryGetValue(name, out var translation) || (name.EndsWith('_') && translations.TryGetValue(name[..^1], out translation))
            ? translation
            : null;
    }
}
