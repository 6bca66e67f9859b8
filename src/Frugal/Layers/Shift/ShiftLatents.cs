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

    private readonly Module layer;
    private readonly string[] names;

    /// <summary>Makes fresh latents, drawn from libtorch's generator, and registers them.</summary>
    public ShiftLatents(Module layer, long[] shape, int bits)
    {
        (this.layer, Bits) = (layer, bits);
        names = ["weight_sign", .. Enumerable.Range(1, DenseShiftMath.NumShiftLatents(bits)).Select(j => $"weight_t{j}")];
        foreach (string name in names)
        {
            using var scope = NewDisposeScope();
            layer.register_parameter(name, DenseLayer.ParameterOf(randn(shape).mul_(InitialStd)));
        }
    }

    /// <summary>Bits of a weight.</summary>
    public int Bits { get; }

    // By name, since moving a layer to another device or type gives it other parameters.
    private Parameter Sign => layer.get_parameter(names[0])!;

    private IReadOnlyList<Parameter> Shifts => [.. names.Skip(1).Select(name => layer.get_parameter(name)!)];

    /// <summary>The weight, with the gradients of <see cref="DenseShiftMath.Weight"/>.</summary>
    public Tensor Weight() => DenseShiftMath.Weight(Sign, Shifts);

    /// <summary>The codes, a byte each.</summary>
    public Tensor Codes() => DenseShiftMath.Codes(Sign, Shifts, Bits);

    /// <summary>Draws all latents anew.</summary>
    public void Draw(double std, Generator generator)
    {
        using var mode = no_grad();
        foreach (var latent in Shifts.Prepend(Sign))
        {
            using var scope = NewDisposeScope();
            latent.copy_(randn(latent.shape, generator: generator).mul_(std));
        }
    }
}
