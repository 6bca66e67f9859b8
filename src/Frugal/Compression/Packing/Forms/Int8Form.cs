using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A linear layer with weights of 8 bits, a scale for each output, and inputs coded in 8 bits in the call.</summary>
internal sealed class Int8Form : IPackedForm
{
    public string Name => "int8";

    public bool IsExact => false;

    public IPackedLinear? TryPack(PackableLayer layer) =>
        layer.IsLinear && layer.FitsInt8 ? PackedInt8.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures) : null;
}
