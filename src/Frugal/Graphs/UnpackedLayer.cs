using Frugal.Graphs.Capturing;
using static TorchSharp.torch;

namespace Frugal.Graphs;

/// <summary>
/// A packed layer written with libtorch's operators, so that a graph of the model can be exported and followed. It computes what the packed form computes, apart from the order of sums: quantised
/// weights have the values that they stand for, and what the kernel rounds is rounded here too.
/// </summary>
/// <param name="Weights">The tensors that it computes with, by the names that an ordinary layer has: <c>weight</c> <c>[out, in]</c>, <c>bias</c> <c>[out]</c>. They belong to no dispose scope.</param>
/// <param name="Forward">Computes it, with operators on these tensors.</param>
public sealed record UnpackedLayer(IReadOnlyDictionary<string, Tensor> Weights, Func<Tensor, Tensor> Forward)
{
    /// <summary>
    /// What a packed layer's forward has to compute instead of running its kernel, since a model is being captured on this thread; null at all other times.
    /// </summary>
    public static UnpackedLayer? InPlaceOf(IPackedLayer layer) => PackedScopes.Current?.Of(layer);
}
