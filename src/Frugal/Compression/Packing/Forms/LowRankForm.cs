using Frugal.Kernels;
using Frugal.Layers.Packed;

namespace Frugal.Compression.Packing;

/// <summary>A layer of low rank in fp32, both factors in one product.</summary>
internal sealed class LowRankForm : IWeightForm
{
    private const int MaxFeatures = 65_536;

    public string Name => "low rank";

    public bool IsExact => true;

    public IPackedLinear? TryPack(PackableLayer layer) => layer.Factors is var (down, up) && Math.Max(layer.InFeatures, layer.OutFeatures) <= MaxFeatures - 16
        ? PackedLowRank.Pack(PlainNumbers.Of(down), PlainNumbers.Of(up), layer.OutFeatures, layer.InFeatures, (int)down.shape[0])
        : null;
}
