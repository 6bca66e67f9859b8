using Frugal.Catalogue;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// What is left of a <see cref="ThresholdConv2d"/>: a convolution of the filters that are on, whose results are added to a thin bypass in their channels. Names: <c>conv</c>, <c>bn</c>, <c>bypass</c>,
/// and the buffer <c>channels</c>.
/// </summary>
[Entry("slim-conv2d", Paper = "lapp")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["lapp"])]
public sealed class SlimConv2d : Conv2dLayer
{
    private readonly Conv2d? conv;
    private readonly BatchNorm2d? bn;
    private readonly FilterBypass bypass;
    private readonly Tensor channels;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel; one number for both.</param>
    /// <param name="numKept">Filters of the convolution; 0 leaves the bypass alone.</param>
    /// <param name="rank">Channels inside the bypass.</param>
    /// <param name="stride">Step down and across, or one number for both; null for 1.</param>
    /// <param name="padding">Zeros added above and below, left and right, or one number for both; null for none.</param>
    /// <param name="hasBias">True when the convolution adds a bias.</param>
    /// <param name="eps">What the norms add to the variance.</param>
    public SlimConv2d(
        [Range(1, 65_536)] long inChannels,
        [Range(1, 65_536)] long outChannels,
        IReadOnlyList<long> kernelSize,
        [Range(0, 65_536)] long numKept,
        [Range(1, 65_536)] long rank,
        IReadOnlyList<long>? stride = null,
        IReadOnlyList<long>? padding = null,
        bool hasBias = false,
        [Range(0, 1, AboveLow = true)] double eps = 1e-5)
        : base(nameof(SlimConv2d), inChannels, outChannels, kernelSize, stride, padding, dilation: null, groups: 1, hasBias)
    {
        NumKept = Guard.Between(numKept, 0, outChannels, nameof(numKept));
        Rank = Guard.Between(rank, 1, 65_536, nameof(rank));
        Eps = Guard.Positive(Guard.Between(eps, 0, 1, nameof(eps)), nameof(eps));
        if (numKept > 0)
        {
            conv = Conv2d(inChannels, numKept, (KernelSize[0], KernelSize[1]), (Stride[0], Stride[1]), (Padding[0], Padding[1]), bias: hasBias);
            bn = BatchNorm2d(numKept, Eps);
        }
        bypass = new FilterBypass(inChannels, outChannels, rank, Stride, KernelSize is [1, 1], Eps);
        channels = arange(numKept);
        RegisterComponents();
        channels.DetachFromDisposeScope();
    }

    /// <summary>Filters of the convolution.</summary>
    public long NumKept { get; }

    /// <summary>Channels inside the bypass.</summary>
    public long Rank { get; }

    /// <summary>What the norms add to the variance.</summary>
    public double Eps { get; }

    /// <summary>The layer without the filters that are off.</summary>
    /// <exception cref="FrugalException">The layer has no bypass.</exception>
    public static SlimConv2d Of(ThresholdConv2d layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (layer.Bypass is null)
            throw new FrugalException("Without a bypass there is nothing to add slim results to; the channels are removed from the network instead.");
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var kept = layer.Mask().nonzero().flatten();
        var slim = new SlimConv2d(layer.InChannels, layer.OutChannels, layer.KernelSize, kept.numel(), layer.Rank, layer.Stride, layer.Padding, layer.HasBias, layer.Eps);
        slim.channels.copy_(kept);
        foreach (var (name, tensor) in layer.Bypass.state_dict())
            slim.bypass.state_dict()[name].copy_(tensor);
        if (slim.conv is null)
            return slim;
        foreach (var (name, tensor) in layer.Convolution.state_dict())
            slim.conv.state_dict()[name].copy_(tensor.index_select(0, kept));
        foreach (var (name, tensor) in layer.Norm.state_dict())
            slim.bn!.state_dict()[name].copy_(tensor.dim() == 0 ? tensor : tensor.index_select(0, kept));
        slim.bn!.momentum = layer.Norm.momentum;
        return slim;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var around = bypass.call(input);
        return (conv is null ? around : around.index_add(1, channels, bn!.call(conv.call(input)), 1)).MoveToOuterDisposeScope();
    }
}
