using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A linear layer or convolution with weights of 8 bits, a scale for each output, and inputs coded in 8 bits in the call, a row or an image at a time.</summary>
internal sealed class Int8Form : IWeightForm
{
    public string Name => "int8";

    public bool IsExact => false;

    public IPackedLinear? TryPack(PackableLayer layer) =>
        layer.IsDense && layer.FitsInt8 ? PackedInt8.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures) : null;
}
