using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>The latent tensors of a layer with shift weights, as parameters of that layer: <c>weight_sign</c>, <c>weight_t1</c>, <c>weight_t2</c>, …</summary>
internal sealed class ShiftLatents
{
    /// <summary>Standard deviation of fresh latents, whatever the fan-in: weights depend on signs only, and near zero signs change easily.</summary>
    public const double InitialStd = 1e-3;

    private readonly Parameter sign;
    private readonly Parameter[] shifts;

    /// <summary>Makes fresh latents, drawn from libtorch's generator, and registers them.</summary>
    public ShiftLatents(Module layer, long[] shape, int bits)
    {
        Bits = bits;
        sign = Register("weight_sign");
        shifts = [.. Enumerable.Range(1, DenseShiftMath.NumShiftLatents(bits)).Select(j => Register($"weight_t{j}"))];

        Parameter Register(string name)
        {
            using var scope = NewDisposeScope();
            var parameter = DenseLayer.ParameterOf(randn(shape).mul_(InitialStd));
            layer.register_parameter(name, parameter);
            return parameter;
        }
    }

    /// <summary>Bits of a weight.</summary>
    public int Bits { get; }

    /// <summary>The weight, with the gradients of <see cref="DenseShiftMath.Weight"/>.</summary>
    public Tensor Weight() => DenseShiftMath.Weight(sign, shifts);

    /// <summary>The codes, a byte each.</summary>
    public Tensor Codes() => DenseShiftMath.Codes(sign, shifts, Bits);

    /// <summary>Draws all latents anew.</summary>
    public void Draw(double std, Generator generator)
    {
        using var mode = no_grad();
        foreach (var latent in shifts.Prepend(sign))
        {
            using var scope = NewDisposeScope();
            latent.copy_(randn(latent.shape, generator: generator).mul_(std));
        }
    }
}
