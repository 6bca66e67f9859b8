using TorchSharp.Modules;

namespace Frugal.Layers;

/// <summary>Branches and norms that in evaluation compute what one convolution does.</summary>
public interface IFusedConvolution
{
    /// <summary>That convolution, with a bias; weights and running statistics are as they are now.</summary>
    Conv2d Fused();
}
