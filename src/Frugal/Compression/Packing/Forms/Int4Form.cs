using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A linear layer with weights of 4 bits, a scale for each output, and inputs coded in 8 bits in the call.</summary>
internal sealed class Int4Form : IWeightForm
{
    public string Name => "int4";

    public bool IsExact => false;

    public IPackedLinear? TryPack(PackableLayer layer) =>
        layer.IsLinear && layer.FitsInt8 ? PackedLowBit.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, LowBitValues.Int4) : null;
}
