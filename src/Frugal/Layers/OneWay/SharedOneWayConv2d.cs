using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// A convolution whose kernel is, for every output, a sum of products of a filter over the channels, a vertical and a horizontal one: the thinnest form (after Boukraichi et al. 2023). Weight names:
/// <c>channel</c> <c>[out, rank, in]</c>, <c>vertical</c> <c>[out, rank, height]</c>, <c>horizontal</c> <c>[out, rank, width]</c>, <c>bias</c>.
/// </summary>
[Entry("shared-one-way-conv2d", Paper = "a-priori-compression")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["train"], ChangesShapes = true)]
public sealed class SharedOneWayConv2d : Conv2dLayer
{
    private readonly Parameter channel, vertical, horizontal;
    private readonly Parameter? bias;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel; one number for both.</param>
    /// <param name="rank">Products in a sum, R.</param>
    /// <param name="stride">Step down and across, or one number for both; null for 1.</param>
    /// <param name="padding">Zeros added above and below, left and right, or one number for both; null for none.</param>
    /// <param name="dilation">Distance between the kernel's points down and across, or one number for both; null for 1.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public SharedOneWayConv2d(
        [Range(1, 65_536)] long inChannels,
        [Range(1, 65_536)] long outChannels,
        IReadOnlyList<long> kernelSize,
        [Range(1, 1024)] long rank = 1,
        IReadOnlyList<long>? stride = null,
        IReadOnlyList<long>? padding = null,
        IReadOnlyList<long>? dilation = null,
        bool hasBias = true)
        : base(nameof(SharedOneWayConv2d), inChannels, outChannels, kernelSize, stride, padding, dilation, groups: 1, hasBias)
    {
        Rank = Guard.Between(rank, 1, 1024, nameof(rank));
        channel = FreshFilters.Of([OutChannels, Rank, InChannels], Math.Pow((double)InChannels * Rank, -0.5));
        vertical = FreshFilters.Of([OutChannels, Rank, KernelSize[0]], Math.Pow(KernelSize[0], -0.5));
        horizontal = FreshFilters.Of([OutChannels, Rank, KernelSize[1]], Math.Pow(KernelSize[1], -0.5));
        bias = hasBias ? FreshFilters.Zeros(OutChannels) : null;
        RegisterComponents();
    }

    /// <summary>Products in a sum, R.</summary>
    public long Rank { get; }

    /// <summary>Numbers that the filters hold.</summary>
    public long FilterNumbers => OutChannels * Rank * (InChannels + KernelSize[0] + KernelSize[1]);

    /// <summary>The kernel that the filters make up, <c>[out, in, height, width]</c>; with gradients to the filters.</summary>
    public Tensor Kernel() => OneWayMath.Shared(channel, vertical, horizontal);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var kernel = Kernel();
        return Convolve(input, kernel, bias);
    }
}
