using Frugal.Kernels;
using Frugal.Layers.Packed;

namespace Frugal.Compression.Packing;

/// <summary>A layer of low rank with both factors in 8 bits, and inputs coded in 8 bits in the call.</summary>
internal sealed class LowRankInt8Form : IWeightForm
{
    public string Name => "low rank int8";

    public bool IsExact => false;

    public IPackedLinear? TryPack(PackableLayer layer) => layer.Factors is var (down, up) && layer.FitsInt8
        ? PackedLowRankInt8.Pack(PlainNumbers.Of(down), PlainNumbers.Of(up), layer.OutFeatures, layer.InFeatures, (int)down.shape[0])
        : null;
}
