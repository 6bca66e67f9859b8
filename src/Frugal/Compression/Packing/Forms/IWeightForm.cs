using Frugal.Kernels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>A form of layers that are one product with a weight.</summary>
internal interface IWeightForm : IPackedForm
{
    /// <summary>The packed weight, or null for a layer that this form is not for.</summary>
    IPackedLinear? TryPack(PackableLayer layer);

    /// <inheritdoc/>
    Module<Tensor, Tensor>? IPackedForm.TryBuild(PackableLayer layer) => TryPack(layer) is { } packed ? layer.With(packed) : null;
}
