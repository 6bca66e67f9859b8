using Frugal.Kernels;
using Frugal.Layers;
using Frugal.Layers.Packed;

namespace Frugal.Compression.Packing;

/// <summary>A matrix product operator whose cores, in the cheapest order, ask for fewer multiply-adds than the dense layer.</summary>
internal sealed class MpoForm : IWeightForm
{
    private const string Remedy = "; the step mpo-to-dense makes a linear layer of it";

    public string Name => "MPO";

    public bool IsExact => true;

    /// <summary>Why a layer is better left alone, or null.</summary>
    public static string? Obstacle(MpoLinear layer)
    {
        if (layer.NumCores == 1)
            return $"its only core is a dense weight{Remedy}";
        var (outDims, inDims, bonds) = Sizes(layer);
        return PackedMpo.Obstacle(outDims, inDims, bonds, (int)layer.OutFeatures, (int)layer.InFeatures) is { } obstacle ? obstacle + Remedy : null;
    }

    public IPackedLinear? TryPack(PackableLayer layer)
    {
        if (layer.Module is not MpoLinear mpo)
            return null;
        var (outDims, inDims, bonds) = Sizes(mpo);
        return PackedMpo.Pack([.. mpo.Cores.Select(PlainNumbers.Of)], outDims, inDims, bonds, layer.OutFeatures, layer.InFeatures);
    }

    private static (int[] OutDims, int[] InDims, int[] Bonds) Sizes(MpoLinear layer) =>
        (Whole(layer.Shape.OutDims), Whole(layer.Shape.InDims), Whole(layer.Shape.Bonds(layer.Bond)));

    private static int[] Whole(IReadOnlyList<long> sizes) => [.. sizes.Select(size => (int)size)];
}
