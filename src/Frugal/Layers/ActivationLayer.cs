using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Makes the layer of an <see cref="Activation"/>. None works in place: a network may hold an identity where a pruned layer was, and
/// an in-place activation behind it would overwrite the shortcut's input.
/// </summary>
public static class ActivationLayer
{
    /// <summary>Slope of <see cref="Activation.LeakyRelu"/> below 0.</summary>
    internal const double NegativeSlope = 0.01;

    /// <summary>A new layer.</summary>
    public static Module<Tensor, Tensor> Of(Activation activation) => activation switch
    {
        Activation.Relu => ReLU(),
        Activation.Gelu => GELU(),
        Activation.GeluTanh => new TanhGelu(),
        Activation.Silu => SiLU(),
        Activation.Tanh => Tanh(),
        Activation.Sigmoid => Sigmoid(),
        Activation.LeakyRelu => LeakyReLU(NegativeSlope),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, $"{activation} is not an activation"),
    };
}
