using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A linear layer whose weights are powers of two, ±1 to ±2^K without a zero, trained through latent numbers (Li et al. 2022, DenseShift): <c>[…, inFeatures]</c> to
/// <c>[…, outFeatures]</c>. There is no scale: a normalisation must follow. Weight names as in the authors' code: <c>weight_sign</c>, <c>weight_t1</c>, …, <c>bias</c>.
/// </summary>
[Entry("dense-shift-linear", Paper = "denseshift")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["denseshift"], ChangesShapes = true)]
public sealed class DenseShiftLinear : Layer, IDenseShiftLayer
{
    private readonly ShiftLatents latents;
    private readonly Parameter? bias;

    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="bits">Bits of a weight, n in the paper: one for the sign, the others for the shift.</param>
    /// <param name="hasBias">True when a bias, which stays a floating-point number, is added.</param>
    public DenseShiftLinear([Range(1, 1e6)] long inFeatures, [Range(1, 1e6)] long outFeatures, [Range(2, 4)] int bits = 3, bool hasBias = true) : base(nameof(DenseShiftLinear))
    {
        InFeatures = Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        HasBias = hasBias;
        latents = new(this, [outFeatures, inFeatures], Guard.Between(bits, 2, 4, nameof(bits)));
        bias = hasBias ? FreshBias.Of(outFeatures, inFeatures) : null;
        RegisterComponents();
    }

    /// <summary>Width of the input.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output.</summary>
    public long OutFeatures { get; }

    /// <summary>Bits of a weight, n in the paper: one for the sign, the others for the shift.</summary>
    public int Bits => latents.Bits;

    /// <summary>True when a bias, which stays a floating-point number, is added.</summary>
    public bool HasBias { get; }

    /// <summary>The bias <c>[outFeatures]</c>, or null.</summary>
    public Tensor? Bias => bias;

    /// <inheritdoc/>
    public Tensor Weight() => latents.Weight();

    /// <inheritdoc/>
    public Tensor Codes() => latents.Codes();

    /// <inheritdoc/>
    public Layer Coded() => ShiftLinear.Of(this);

    /// <inheritdoc/>
    void IDenseShiftLayer.Draw(double std, Generator generator) => latents.Draw(std, generator);

    /// <summary>A layer of the shape of a dense one, with its bias and with fresh weights.</summary>
    public static DenseShiftLinear Like(Linear dense, int bits)
    {
        ArgumentNullException.ThrowIfNull(dense);
        using var mode = no_grad();
        var layer = new DenseShiftLinear(dense.in_features, dense.out_features, bits, dense.bias is not null);
        layer.bias?.copy_(dense.bias!);
        return layer;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var weight = Weight();
        return functional.linear(input, weight, bias);
    }
}
