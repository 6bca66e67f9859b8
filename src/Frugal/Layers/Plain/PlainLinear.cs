using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>torch's linear layer.</summary>
internal sealed record PlainLinear(long InFeatures, long OutFeatures, bool HasBias = true) : PlainLayer
{
    public override Module<Tensor, Tensor> Build() => Linear(InFeatures, OutFeatures, hasBias: HasBias);

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf) => this with { InFeatures = shapeOf("weight")[1], OutFeatures = shapeOf("weight")[0] };
}
