using Frugal.Catalogue;
using Frugal.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A convolution in two steps: the full kernel to <c>rank</c> channels, then 1x1 to the output's. It is the low-rank form of the kernel read as a matrix
/// <c>[out, in · height · width]</c> (Zhang et al. 2015, "Accelerating very deep convolutional networks", section 3.1).
/// Weight names: <c>down.weight</c>, <c>up.weight</c>, <c>up.bias</c>.
/// </summary>
[Entry("low-rank-conv2d")]
public sealed class LowRankConv2d : Conv2dLayer, IFactored
{
    private Module<Tensor, Tensor> down, up;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel; one number for both.</param>
    /// <param name="rank">Channels between the two convolutions.</param>
    /// <param name="stride">Step down and across, or one number for both; null for 1.</param>
    /// <param name="padding">Zeros added above and below, left and right, or one number for both; null for none.</param>
    /// <param name="dilation">Distance between the kernel's points down and across, or one number for both; null for 1.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public LowRankConv2d(
        [Range(1, 65_536)] long inChannels,
        [Range(1, 65_536)] long outChannels,
        IReadOnlyList<long> kernelSize,
        [Range(1, 65_536)] long rank,
        IReadOnlyList<long>? stride = null,
        IReadOnlyList<long>? padding = null,
        IReadOnlyList<long>? dilation = null,
        bool hasBias = true)
        : base(nameof(LowRankConv2d), inChannels, outChannels, kernelSize, stride, padding, dilation, groups: 1, hasBias)
    {
        Rank = Guard.Between(rank, 1, 65_536, nameof(rank));
        down = Conv2d(
            inChannels, rank, (KernelSize[0], KernelSize[1]), (Stride[0], Stride[1]), (Padding[0], Padding[1]), (Dilation[0], Dilation[1]), bias: false);
        up = Conv2d(rank, outChannels, 1, bias: hasBias);
        RegisterComponents();
    }

    /// <summary>Channels between the two convolutions.</summary>
    public long Rank { get; }

    /// <summary>True for the convolutions that <see cref="Of"/> takes: without groups, padded with zeros by a number of pixels.</summary>
    public static new bool Fits(Conv2d convolution) => Conv2dLayer.Fits(convolution) && convolution.groups == 1;

    /// <summary>The layer of this rank that is nearest to a dense convolution; the bias is kept as it is.</summary>
    /// <exception cref="FrugalException">The convolution has groups, or is not padded with zeros by a number of pixels.</exception>
    public static LowRankConv2d Of(Conv2d dense, long rank)
    {
        if (!Fits(dense))
            throw new FrugalException("A low-rank convolution replaces one without groups that is padded with zeros by a number of pixels; exclude this one.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var layer = new LowRankConv2d(
            dense.in_channels, dense.out_channels, dense.kernel_size, rank, dense.stride, dense.padding, dense.dilation, dense.bias is not null);
        var (up, down) = LowRankMath.Factor(dense.weight.flatten(1), rank);
        var (first, second) = ((Conv2d)layer.down, (Conv2d)layer.up);
        first.weight.copy_(down.view(first.weight.shape));
        second.weight.copy_(up.view(second.weight.shape));
        if (dense.bias is { } bias)
            second.bias!.copy_(bias);
        return layer;
    }

    /// <inheritdoc/>
    protected internal override Layer Fit(Func<string, IReadOnlyList<long>> shapeOf)
    {
        ArgumentNullException.ThrowIfNull(shapeOf);
        return new LowRankConv2d(shapeOf("down.weight")[1], shapeOf("up.weight")[0], KernelSize, shapeOf("down.weight")[0], Stride, Padding, Dilation, HasBias);
    }

    /// <inheritdoc/>
    public long FactorNumbers => Rank * (InChannels * KernelSize[0] * KernelSize[1] + OutChannels);

    /// <inheritdoc/>
    public Tensor DenseWeight() => ((Conv2d)up).weight.flatten(1).matmul(((Conv2d)down).weight.flatten(1)).reshape(OutChannels, InChannels, KernelSize[0], KernelSize[1]);

    /// <inheritdoc/>
    public Module<Tensor, Tensor> ToDense()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var generator = new KeptRandomState();
        var dense = Conv2d(
            InChannels, OutChannels, (KernelSize[0], KernelSize[1]), (Stride[0], Stride[1]), (Padding[0], Padding[1]), (Dilation[0], Dilation[1]), bias: HasBias);
        dense.weight.copy_(DenseWeight());
        if (HasBias)
            dense.bias!.copy_(((Conv2d)up).bias!);
        return dense;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var narrow = down.call(input);
        return up.call(narrow);
    }
}
