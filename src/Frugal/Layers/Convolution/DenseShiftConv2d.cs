using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// A convolution whose weights are powers of two, ±1 to ±2^K without a zero, trained through latent numbers (Li et al. 2022, DenseShift). There is no scale: a normalisation must follow. Weight
/// names as in the authors' code: <c>weight_sign</c>, <c>weight_t1</c>, …, <c>bias</c>.
/// </summary>
[Entry("dense-shift-conv2d", Paper = "denseshift")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["denseshift"], ChangesShapes = true)]
public sealed class DenseShiftConv2d : Conv2dLayer, IDenseShiftLayer
{
    private readonly ShiftLatents latents;
    private readonly Parameter? bias;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel; one number for both.</param>
    /// <param name="bits">Bits of a weight, n in the paper: one for the sign, the others for the shift.</param>
    /// <param name="stride">Step down and across, or one number for both; null for 1.</param>
    /// <param name="padding">Zeros added above and below, left and right, or one number for both; null for none.</param>
    /// <param name="dilation">Distance between the kernel's points down and across, or one number for both; null for 1.</param>
    /// <param name="groups">Groups of channels that do not see each other; they divide both numbers of channels.</param>
    /// <param name="hasBias">True when a bias, which stays a floating-point number, is added.</param>
    public DenseShiftConv2d(
        [Range(1, 65_536)] long inChannels,
        [Range(1, 65_536)] long outChannels,
        IReadOnlyList<long> kernelSize,
        [Range(2, 4)] int bits = 3,
        IReadOnlyList<long>? stride = null,
        IReadOnlyList<long>? padding = null,
        IReadOnlyList<long>? dilation = null,
        [Range(1, 65_536)] long groups = 1,
        bool hasBias = true)
        : base(nameof(DenseShiftConv2d), inChannels, outChannels, kernelSize, stride, padding, dilation, groups, hasBias)
    {
        latents = new(this, KernelShape, Guard.Between(bits, 2, 4, nameof(bits)));
        bias = hasBias ? FreshBias.Of(outChannels, FanIn) : null;
        RegisterComponents();
    }

    /// <summary>Bits of a weight, n in the paper: one for the sign, the others for the shift.</summary>
    public int Bits => latents.Bits;

    /// <summary>The bias <c>[outChannels]</c>, or null.</summary>
    public Tensor? Bias => bias;

    /// <inheritdoc/>
    public Tensor Weight() => latents.Weight();

    /// <inheritdoc/>
    public Tensor Codes() => latents.Codes();

    /// <inheritdoc/>
    public Layer Coded() => ShiftConv2d.Of(this);

    /// <inheritdoc/>
    void IDenseShiftLayer.Draw(double std, Generator generator) => latents.Draw(std, generator);

    /// <summary>A layer of the shape of a dense convolution, with its bias and with fresh weights.</summary>
    /// <exception cref="FrugalException">The convolution is not padded with zeros by a number of pixels.</exception>
    public static DenseShiftConv2d Like(Conv2d dense, int bits)
    {
        RequireFits(dense);
        using var mode = no_grad();
        var layer = new DenseShiftConv2d(
            dense.in_channels, dense.out_channels, dense.kernel_size, bits, dense.stride, dense.padding, dense.dilation, dense.groups, dense.bias is not null);
        layer.bias?.copy_(dense.bias!);
        return layer;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var kernel = Weight();
        return Convolve(input, kernel, bias);
    }
}
