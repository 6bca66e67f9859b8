using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A linear layer whose weights are -1, 0 and 1 times a scale of each output, in two bits; inputs are coded in 8 bits in the call.</summary>
internal sealed class TernaryForm : IWeightForm
{
    public string Name => "ternary";

    public bool IsExact => false;

    public IPackedLinear? TryPack(PackableLayer layer) =>
        layer.IsLinear && layer.FitsInt8 && PackedLowBit.CanPack(layer.Weight, layer.InFeatures, LowBitValues.Ternary)
            ? PackedLowBit.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, LowBitValues.Ternary)
            : null;
}
