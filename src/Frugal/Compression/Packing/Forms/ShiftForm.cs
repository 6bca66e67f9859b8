using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A layer of weights that are powers of two, in as many bits as they need; inputs are coded in 8 bits in the call.</summary>
internal sealed class ShiftForm : IWeightForm
{
    public string Name => "shift";

    public bool IsExact => false;

    public IPackedLinear? TryPack(PackableLayer layer) =>
        layer.IsShift && layer.FitsInt8 ? PackedLowBit.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, LowBitValues.Shift) : null;
}
