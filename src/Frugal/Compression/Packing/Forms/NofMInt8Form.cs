using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A linear layer with at most N weights in every four neighbouring inputs of an output, of 8 bits each, and inputs coded in 8 bits in the call.</summary>
/// <param name="n">Weights at most in a group.</param>
internal sealed class NofMInt8Form(int n) : IWeightForm
{
    private const int GroupSize = 4;

    public string Name => $"{n}:{GroupSize} int8";

    public bool IsExact => false;

    public IPackedLinear? TryPack(PackableLayer layer) =>
        layer.IsLinear && layer.FitsInt8 && layer.Sparsity >= SparseForm.LeastSparsity && PackedNofM.Fits(layer.Weight, layer.InFeatures, n, GroupSize)
            ? PackedNofMInt8.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, n)
            : null;
}
