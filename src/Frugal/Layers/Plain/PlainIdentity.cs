using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>The layer that does nothing, in the place of one that was removed.</summary>
internal sealed record PlainIdentity : PlainLayer
{
    public override Module<Tensor, Tensor> Build() => Identity();

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf) => this;
}
