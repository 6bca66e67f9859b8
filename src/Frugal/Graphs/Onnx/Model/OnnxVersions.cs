namespace Frugal.Graphs.Onnx.Model;

/// <summary>Versions of ONNX's operator set and of its file format.</summary>
internal static class OnnxVersions
{
    /// <summary>The operator set that most is written for, and that readers of some age know; single operators need a later one.</summary>
    public const int Lowest = 17;

    /// <summary>The operator set that an operator needs in the form in which it is written here (ONNX's change log of operators).</summary>
    public static int NeededBy(string op) => op switch
    {
        "ReduceSum" => Lowest,
        "Col2Im" or "Mish" or "Resize" or "ScatterElements" or "ScatterND" or "Split" => 18,
        _ when op.StartsWith("Reduce", StringComparison.Ordinal) || op.StartsWith("Bitwise", StringComparison.Ordinal) => 18,
        _ => Lowest,
    };

    /// <summary>The first version of the file format that may name an operator set (ONNX's table of versions).</summary>
    public static int FormatOf(int opset) => opset switch
    {
        <= 18 => 8,
        <= 20 => 9,
        _ => 10,
    };
}
