using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>One way to pack a layer: which layers it is for, and whether it computes the same.</summary>
internal interface IPackedForm
{
    /// <summary>Name for reports.</summary>
    string Name { get; }

    /// <summary>Whether the packed layer computes what the layer does, but for the order in which floating-point numbers are added.</summary>
    bool IsExact { get; }

    /// <summary>The packed layer, or null for a layer that this form is not for.</summary>
    Module<Tensor, Tensor>? TryBuild(PackableLayer layer);
}
