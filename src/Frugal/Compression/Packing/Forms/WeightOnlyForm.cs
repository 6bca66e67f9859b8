using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A linear layer with weights of a few bits in groups of neighbouring inputs, and inputs as they are.</summary>
/// <param name="bits">Bits of a weight: 4 or 8.</param>
internal sealed class WeightOnlyForm(int bits) : IWeightForm
{
    public string Name => $"weight-only int{bits}";

    public bool IsExact => false;

    public IPackedLinear? TryPack(PackableLayer layer) => layer.IsLinear && layer.FitsInt8
        ? PackedWeightOnly.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, bits)
        : null;
}
