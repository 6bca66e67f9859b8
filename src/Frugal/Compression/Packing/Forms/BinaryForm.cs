using Frugal.Kernels;
using Frugal.Layers;
using Frugal.Layers.Packed;

namespace Frugal.Compression.Packing;

/// <summary>A layer of signs: a bit for each weight, and the signs of inputs taken in the call.</summary>
internal sealed class BinaryForm : IWeightForm
{
    private const int MaxFeatures = 1 << 24;

    public string Name => "binary";

    public bool IsExact => true;

    public IPackedLinear? TryPack(PackableLayer layer)
    {
        if (layer.Module is not BinaryLinear binary || layer.InFeatures > MaxFeatures || !layer.IsFinite)
            return null;
        var (down, up) = binary.Term is var (first, second) ? (PlainNumbers.Of(first), PlainNumbers.Of(second)) : ([], []);
        return PackedBinary.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, shift: PlainNumbers.Of(binary.Shift), down: down, up: up);
    }
}
