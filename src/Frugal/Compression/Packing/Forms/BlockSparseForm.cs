using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A linear layer or convolution pruned in blocks of neighbouring outputs.</summary>
/// <param name="height">Outputs of a block: 4, 8 or 16.</param>
internal sealed class BlockSparseForm(int height) : IWeightForm
{
    // A block format that would fill its blocks with many zeros is not the pattern that the layer was pruned in.
    private const double LeastFill = 0.8;

    public string Name => $"{height}x1 blocks";

    public bool IsExact => true;

    public IPackedLinear? TryPack(PackableLayer layer)
    {
        if (!layer.IsDense || layer.Sparsity < SparseForm.LeastSparsity)
            return null;
        var blocks = PackedBlockSparse.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, height);
        return blocks.NonZeros >= LeastFill * blocks.StoredWeights ? blocks : null;
    }
}
