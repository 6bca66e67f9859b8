using Frugal.Catalogue;
using Frugal.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// A convolution whose weights are stored as powers of two in n bits each: what is left of a trained <see cref="DenseShiftConv2d"/>. Names: <c>code</c>, <c>[⌈n · weights / 8⌉]</c> bytes, and
/// <c>bias</c>.
/// </summary>
[Entry("shift-conv2d", Paper = "denseshift")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["denseshift"])]
public sealed class ShiftConv2d : Conv2dLayer, IStoredWeights
{
    private readonly CodedWeight weight;
    private Tensor code;
    private readonly Parameter? bias;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel; one number for both.</param>
    /// <param name="bits">Bits of a weight.</param>
    /// <param name="stride">Step down and across, or one number for both; null for 1.</param>
    /// <param name="padding">Zeros added above and below, left and right, or one number for both; null for none.</param>
    /// <param name="dilation">Distance between the kernel's points down and across, or one number for both; null for 1.</param>
    /// <param name="groups">Groups of channels that do not see each other; they divide both numbers of channels.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public ShiftConv2d(
        [Range(1, 65_536)] long inChannels,
        [Range(1, 65_536)] long outChannels,
        IReadOnlyList<long> kernelSize,
        [Range(2, 4)] int bits = 3,
        IReadOnlyList<long>? stride = null,
        IReadOnlyList<long>? padding = null,
        IReadOnlyList<long>? dilation = null,
        [Range(1, 65_536)] long groups = 1,
        bool hasBias = true)
        : base(nameof(ShiftConv2d), inChannels, outChannels, kernelSize, stride, padding, dilation, groups, hasBias)
    {
        Bits = Guard.Between(bits, 2, 4, nameof(bits));
        weight = new(KernelShape, bits);
        code = zeros(ShiftCodes.NumBytes(StoredWeights, bits), uint8);
        bias = hasBias ? FreshBias.Of(outChannels, FanIn) : null;
        RegisterComponents();
        code.DetachFromDisposeScope();
    }

    /// <summary>Bits of a weight.</summary>
    public int Bits { get; }

    /// <inheritdoc/>
    public long StoredWeights => OutChannels * FanIn;

    /// <inheritdoc/>
    public long NonZeroWeights => StoredWeights;

    /// <summary>The bias <c>[outChannels]</c>, or null.</summary>
    public Tensor? Bias => bias;

    /// <summary>The weights, ±2^S, <c>[outChannels, inChannels / groups, height, width]</c> in single precision.</summary>
    public Tensor Weight()
    {
        using var packed = code.cpu();
        return ShiftCodes.Decode(packed.bytes, KernelShape, Bits);
    }

    /// <summary>The layer that computes the same as a trained one.</summary>
    public static ShiftConv2d Of(DenseShiftConv2d trained)
    {
        ArgumentNullException.ThrowIfNull(trained);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layer = new ShiftConv2d(
            trained.InChannels, trained.OutChannels, trained.KernelSize, trained.Bits, trained.Stride, trained.Padding, trained.Dilation, trained.Groups, trained.HasBias);
        layer.code.copy_(ShiftCodes.Pack(trained.Codes(), trained.Bits));
        layer.bias?.copy_(trained.Bias!);
        return layer;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Convolve(input, weight.Of(code, input), bias);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            weight.Dispose();
        base.Dispose(disposing);
    }
}
