using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>Euclidean norm over all entries, taken in single precision even of half-precision tensors.</summary>
internal static class TensorNorm
{
    public static double Norm(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return (tensor.element_size() < 4 ? tensor.to(float32) : tensor).norm().ToDouble();
    }
}
