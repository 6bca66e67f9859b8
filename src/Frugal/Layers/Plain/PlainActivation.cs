using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>One of the non-linearities that models are built with.</summary>
internal sealed record PlainActivation(Activation Function) : PlainLayer
{
    public override Module<Tensor, Tensor> Build() => ActivationLayer.Of(Function);

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf) => this;
}
