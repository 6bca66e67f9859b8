using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A layer of weights that are powers of two times a scale of each output, whatever made them so, in as many bits as they need; inputs are coded in 8 bits in the call.</summary>
internal sealed class ShiftForm : IWeightForm
{
    public string Name => "shift";

    public bool IsExact => false;

    public IPackedLinear? TryPack(PackableLayer layer) =>
        layer.FitsInt8 && (layer.IsShift || (layer.IsDense && PackedLowBit.CanPack(layer.Weight, layer.InFeatures, LowBitValues.Shift)))
            ? PackedLowBit.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, LowBitValues.Shift)
            : null;
}
