using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>torch's dropout.</summary>
internal sealed record PlainDropout(double DropRate) : PlainLayer
{
    public override Module<Tensor, Tensor> Build() => Dropout(DropRate);

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf) => this;
}
