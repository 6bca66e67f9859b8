using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A linear layer with at most N weights in every M neighbouring inputs of an output.</summary>
/// <param name="n">Weights at most in a group.</param>
/// <param name="m">Neighbouring inputs in a group: 4 or 8.</param>
internal sealed class NofMForm(int n, int m) : IWeightForm
{
    private const int MaxFeatures = 65_536;

    public string Name => $"{n}:{m}";

    public bool IsExact => true;

    public IPackedLinear? TryPack(PackableLayer layer) =>
        layer.IsLinear && layer.InFeatures <= MaxFeatures && layer.Sparsity >= SparseForm.LeastSparsity && PackedNofM.Fits(layer.Weight, layer.InFeatures, n, m)
            ? PackedNofM.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, n, m)
            : null;
}
