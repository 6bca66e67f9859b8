using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary><see cref="Activation.GeluTanh"/> as a layer.</summary>
internal sealed class TanhGelu() : Module<Tensor, Tensor>(nameof(TanhGelu))
{
    private static readonly double factor = Math.Sqrt(2 / Math.PI);

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return (0.5 * input * (1 + ((input + 0.044715 * input.pow(3)) * factor).tanh())).MoveToOuterDisposeScope();
    }
}
