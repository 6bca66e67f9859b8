using Frugal.Kernels;
using Frugal.Layers.Packed;

namespace Frugal.Compression.Packing;

/// <summary>A Monarch layer, with its permutations in loads and stores.</summary>
internal sealed class MonarchForm : IWeightForm
{
    // Positions between the factors take 16 bits.
    private const int MaxFeatures = 65_536;

    public string Name => "Monarch";

    public bool IsExact => true;

    public IPackedLinear? TryPack(PackableLayer layer)
    {
        if (layer.Monarch is not { } monarch || Math.Max(layer.InFeatures, layer.OutFeatures) > MaxFeatures)
            return null;
        var (first, second) = (monarch.get_parameter("blkdiag1")!, monarch.get_parameter("blkdiag2")!);
        int blocks = monarch.NumBlocks, middle = (int)first.shape[1];
        // A block that lies wholly behind the last input or output is none.
        bool fits = (blocks - 1) * first.shape[2] < layer.InFeatures && (second.shape[1] - 1) * blocks < layer.OutFeatures && (long)blocks * (middle + 15) <= MaxFeatures;
        return fits ? PackedMonarch.Pack(PlainNumbers.Of(first), PlainNumbers.Of(second), layer.OutFeatures, layer.InFeatures, blocks, middle, blocks) : null;
    }
}
