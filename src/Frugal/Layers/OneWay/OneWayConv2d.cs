using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A convolution whose kernel is, for every pair of channels, a sum of products of a vertical and a horizontal filter (Boukraichi et al. 2023, two-way to one-way). Weight names: <c>vertical</c>
/// <c>[out, in, rank, height]</c>, <c>horizontal</c> <c>[out, in, rank, width]</c>, <c>bias</c>.
/// </summary>
/// <remarks>It composes the kernel and convolves with that: parameters are saved, multiply-adds are not. It holds fewer numbers than the dense kernel while the rank is below height · width / (height + width).</remarks>
[Entry("one-way-conv2d", Paper = "a-priori-compression")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["one-way", "train"], ChangesShapes = true)]
public sealed class OneWayConv2d : Conv2dLayer
{
    private readonly Parameter vertical, horizontal;
    private readonly Parameter? bias;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel; one number for both.</param>
    /// <param name="rank">Products in a sum, R; 1 is the strict form.</param>
    /// <param name="stride">Step down and across, or one number for both; null for 1.</param>
    /// <param name="padding">Zeros added above and below, left and right, or one number for both; null for none.</param>
    /// <param name="dilation">Distance between the kernel's points down and across, or one number for both; null for 1.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public OneWayConv2d(
        [Range(1, 65_536)] long inChannels,
        [Range(1, 65_536)] long outChannels,
        IReadOnlyList<long> kernelSize,
        [Range(1, 1024)] long rank = 1,
        IReadOnlyList<long>? stride = null,
        IReadOnlyList<long>? padding = null,
        IReadOnlyList<long>? dilation = null,
        bool hasBias = true)
        : base(nameof(OneWayConv2d), inChannels, outChannels, kernelSize, stride, padding, dilation, groups: 1, hasBias)
    {
        Rank = Guard.Between(rank, 1, 1024, nameof(rank));
        // The composed kernel then has the variance 1 / fan-in.
        double std = Math.Pow((double)Rank * FanIn, -0.25);
        vertical = FreshFilters.Of([OutChannels, InChannels, Rank, KernelSize[0]], std);
        horizontal = FreshFilters.Of([OutChannels, InChannels, Rank, KernelSize[1]], std);
        bias = hasBias ? FreshFilters.Zeros(OutChannels) : null;
        RegisterComponents();
    }

    /// <summary>Products in a sum, R.</summary>
    public long Rank { get; }

    /// <summary>Numbers that the filters hold.</summary>
    public long FilterNumbers => OutChannels * InChannels * Rank * (KernelSize[0] + KernelSize[1]);

    /// <summary>The kernel that the filters make up, <c>[out, in, height, width]</c>; with gradients to the filters.</summary>
    public Tensor Kernel() => OneWayMath.TwoWay(vertical, horizontal);

    /// <summary>True for the convolutions that <see cref="Of"/> takes: without groups, padded with zeros by a number of pixels.</summary>
    public static new bool Fits(Conv2d convolution) => Conv2dLayer.Fits(convolution) && convolution.groups == 1;

    /// <summary>The layer of this rank that is nearest to a dense convolution, or one of its shape with fresh filters; the bias is kept as it is.</summary>
    /// <param name="dense">The convolution.</param>
    /// <param name="rank">Products in a sum.</param>
    /// <param name="isFresh">Leaves the filters as they were drawn.</param>
    /// <exception cref="FrugalException">The convolution has groups, or is not padded with zeros by a number of pixels.</exception>
    public static OneWayConv2d Of(Conv2d dense, long rank, bool isFresh = false)
    {
        if (!Fits(dense))
            throw new FrugalException("A one-way convolution replaces one without groups that is padded with zeros by a number of pixels; exclude this one.");
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layer = new OneWayConv2d(dense.in_channels, dense.out_channels, dense.kernel_size, rank, dense.stride, dense.padding, dense.dilation, dense.bias is not null);
        layer.bias?.copy_(dense.bias!);
        if (isFresh)
            return layer;
        var (vertical, horizontal) = OneWayMath.OfDense(dense.weight, rank);
        layer.vertical.copy_(vertical);
        layer.horizontal.copy_(horizontal);
        return layer;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var kernel = Kernel();
        return Convolve(input, kernel, bias);
    }
}
