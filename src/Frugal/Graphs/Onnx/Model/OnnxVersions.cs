namespace Frugal.Graphs.Onnx.Model;

/// <summary>Versions of ONNX's operator set and of its file format.</summary>
internal static class OnnxVersions
{
    /// <summary>The operator set that everything here is written for; single operators ask for a later one.</summary>
    public const int Lowest = 18;

    /// <summary>The first version of the file format that may name an operator set (ONNX's table of versions).</summary>
    public static int FormatOf(int opset) => opset switch
    {
        <= 18 => 8,
        <= 20 => 9,
        _ => 10,
    };
}
