using Frugal.Layers;
using Frugal.Layers.Packed;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>A Kolmogorov-Arnold layer whose families were chosen: its functions and their product with the coefficients in one call.</summary>
internal sealed class KanForm : IPackedForm
{
    public string Name => "KAN";

    public bool IsExact => true;

    public Module<Tensor, Tensor>? TryBuild(PackableLayer layer) => layer.Module is KanLinear kan ? PackedKanLayer.Of(kan) : null;
}
