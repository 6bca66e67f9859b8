using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx;

/// <summary>The bytes of one number in each element type.</summary>
internal static class ScalarBytes
{
    public static byte[] Of(double value, ScalarType type) => type switch
    {
        ScalarType.Float32 => BitConverter.GetBytes((float)value),
        ScalarType.Float64 => BitConverter.GetBytes(value),
        ScalarType.Float16 => BitConverter.GetBytes((Half)value),
        ScalarType.BFloat16 => BitConverter.GetBytes((float)value)[2..],
        ScalarType.Int64 => BitConverter.GetBytes((long)value),
        ScalarType.Int32 => BitConverter.GetBytes((int)value),
        ScalarType.Int16 => BitConverter.GetBytes((short)value),
        ScalarType.Int8 => [(byte)(sbyte)value],
        ScalarType.Byte => [(byte)value],
        ScalarType.Bool => [(byte)(value != 0 ? 1 : 0)],
        _ => throw new GraphException($"ONNX models cannot hold a number of type {type}."),
    };
}
