using static TorchSharp.torch;

namespace Frugal.Layers.Surgery;

/// <summary>That a part of a model uses a tensor.</summary>
/// <param name="Unit">The part.</param>
/// <param name="Name">What it calls the tensor.</param>
/// <param name="Tensor">The tensor.</param>
internal sealed record TensorUse(ResizableUnit Unit, string Name, Tensor Tensor);
