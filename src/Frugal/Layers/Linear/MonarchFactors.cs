using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>The two block-diagonal factors of a Monarch matrix <c>[s·l, k·p]</c>, each as a batch of its blocks.</summary>
/// <param name="Blkdiag1">The factor applied first, <c>[k, q, p]</c>.</param>
/// <param name="Blkdiag2">The factor applied second, <c>[l, s, r]</c>, where k·q = l·r.</param>
public readonly record struct MonarchFactors(Tensor Blkdiag1, Tensor Blkdiag2);
