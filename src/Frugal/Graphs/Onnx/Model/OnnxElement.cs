using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Model;

/// <summary>ONNX's numbers for element types (<c>TensorProto.DataType</c>).</summary>
internal static class OnnxElement
{
    public const int Float = 1, UInt8 = 2, Int8 = 3, Int32 = 6, Int64 = 7, Bool = 9;

    /// <exception cref="GraphException">ONNX Runtime has no kernels for this type, or ONNX does not know it.</exception>
    public static int Of(ScalarType type) => type switch
    {
        ScalarType.Float32 => Float,
        ScalarType.Byte => UInt8,
        ScalarType.Int8 => Int8,
        ScalarType.Int16 => 5,
        ScalarType.Int32 => Int32,
        ScalarType.Int64 => Int64,
        ScalarType.Bool => Bool,
        ScalarType.Float16 => 10,
        ScalarType.Float64 => 11,
        ScalarType.BFloat16 => 16,
        _ => throw new GraphException($"ONNX models cannot compute with elements of type {type}."),
    };
}
