using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>torch's layer normalisation.</summary>
internal sealed record PlainLayerNorm(IReadOnlyList<long> NormalizedShape, double Eps = 1e-5, bool IsAffine = true, bool HasBias = true) : PlainLayer
{
    public override Module<Tensor, Tensor> Build() => LayerNorm([.. NormalizedShape], Eps, IsAffine, IsAffine && HasBias);

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf) => IsAffine ? this with { NormalizedShape = shapeOf("weight") } : this;
}
