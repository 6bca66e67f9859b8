using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>The bias that a new layer begins with: uniform within 1 / √fan-in, as that of torch's linear layers and convolutions.</summary>
internal static class FreshBias
{
    /// <summary>A bias of so many outputs, <c>[outputs]</c>.</summary>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="fanIn">Inputs of each.</param>
    /// <param name="generator">Where the numbers come from; libtorch's own when null.</param>
    public static Parameter Of(long outputs, long fanIn, Generator? generator = null)
    {
        using var scope = NewDisposeScope();
        double bound = 1 / Math.Sqrt(fanIn);
        return DenseLayer.ParameterOf(empty(outputs).uniform_(-bound, bound, generator));
    }
}
