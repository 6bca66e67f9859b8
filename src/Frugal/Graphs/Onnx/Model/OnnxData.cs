using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Model;

/// <summary>The elements of a tensor in the file: little-endian, row-major.</summary>
/// <param name="Length">Number of bytes.</param>
/// <param name="WriteTo">Writes them.</param>
internal sealed record OnnxData(long Length, Action<Stream> WriteTo)
{
    public static OnnxData Of(byte[] bytes) => new(bytes.Length, stream => stream.Write(bytes));

    /// <summary>A weight of the model, read when it is written.</summary>
    public static OnnxData Of(Tensor tensor) => new(tensor.numel() * tensor.element_size(), stream =>
    {
        using var scope = NewDisposeScope();
        TensorBytes.Visit(tensor.detach().cpu().contiguous(), bytes => stream.Write(bytes));
    });
}
