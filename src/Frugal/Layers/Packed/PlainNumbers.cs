using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Frugal.Layers.Packed;

/// <summary>The numbers of a tensor as the kernels take them.</summary>
internal static class PlainNumbers
{
    /// <summary>A copy in single precision, row by row.</summary>
    public static float[] Of(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return MemoryMarshal.Cast<byte, float>(tensor.detach().to(float32, CPU).contiguous().bytes).ToArray();
    }
}
