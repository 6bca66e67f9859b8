using Frugal.Layers;
using Frugal.Layers.Packed;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>A layer of random features: both products in one call, with the features made in between.</summary>
internal sealed class SnnkForm : IPackedForm
{
    private const int MaxFeatures = 65_536;

    public string Name => "SNNK";

    public bool IsExact => true;

    public Module<Tensor, Tensor>? TryBuild(PackableLayer layer) => layer.Module is SnnkLinear snnk && Math.Max(snnk.InFeatures, snnk.NumFeatures) <= MaxFeatures ? PackedSnnkLayer.Of(snnk) : null;
}
