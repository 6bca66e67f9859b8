using static TorchSharp.torch;

namespace Frugal.Graphs;

/// <summary>The elements of a tensor that the model makes by itself, copied out of libtorch.</summary>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Bytes">The elements in row-major order, little-endian.</param>
public sealed record ConstantData(ScalarType DType, IReadOnlyList<long> Shape, byte[] Bytes)
{
    internal static ConstantData Of(Tensor tensor)
    {
        using var copy = tensor.cpu().contiguous();
        return new ConstantData(tensor.dtype, tensor.shape, copy.bytes.ToArray());
    }

    /// <summary>The first element as a number.</summary>
    internal double ToDouble()
    {
        using var tensor = ToTensor();
        using var first = tensor.flatten()[0].to(ScalarType.Float64);
        return first.item<double>();
    }

    /// <summary>A tensor with these elements, on the CPU.</summary>
    internal Tensor ToTensor()
    {
        var tensor = empty([.. Shape], DType);
        Bytes.CopyTo(tensor.bytes);
        return tensor;
    }
}
