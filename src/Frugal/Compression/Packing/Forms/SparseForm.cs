using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A pruned linear layer or convolution: what is not zero, and where.</summary>
internal sealed class SparseForm : IWeightForm
{
    /// <summary>Below half zeros no format stores fewer bytes or runs faster than the dense layer.</summary>
    public const double LeastSparsity = 0.5;

    public string Name => "sparse";

    public bool IsExact => true;

    public IPackedLinear? TryPack(PackableLayer layer) =>
        layer.IsDense && layer.Sparsity >= LeastSparsity ? PackedSparse.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures) : null;
}
