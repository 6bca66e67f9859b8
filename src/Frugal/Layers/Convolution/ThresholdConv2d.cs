using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A convolution with its batch norm whose filters a learned threshold switches off, beside a thin bypass (Zhai et al. 2023, arXiv 2309.14157): <c>z = m · norm(conv(x)) + bypass(x)</c>. The mask acts
/// behind the norm, so that a dead filter gives exactly zero. Names: <c>conv</c>, <c>bn</c>, <c>bypass</c>, and the buffers <c>tau</c>, <c>mask</c> and <c>is_fixed</c>.
/// </summary>
[Entry("threshold-conv2d", Paper = "lapp")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["lapp"])]
public sealed class ThresholdConv2d : Conv2dLayer
{
    private readonly Conv2d conv;
    private readonly BatchNorm2d bn;
    private readonly FilterBypass? bypass;
    private readonly Tensor tau, mask, is_fixed;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel; one number for both.</param>
    /// <param name="rank">Channels inside the bypass; 0 for no bypass.</param>
    /// <param name="stride">Step down and across, or one number for both; null for 1.</param>
    /// <param name="padding">Zeros added above and below, left and right, or one number for both; null for none.</param>
    /// <param name="hasBias">True when the convolution adds a bias.</param>
    /// <param name="eps">What the norms add to the variance.</param>
    /// <param name="kappa">Steepness of the mask's stand-in for gradients.</param>
    public ThresholdConv2d(
        [Range(1, 65_536)] long inChannels,
        [Range(1, 65_536)] long outChannels,
        IReadOnlyList<long> kernelSize,
        [Range(0, 65_536)] long rank,
        IReadOnlyList<long>? stride = null,
        IReadOnlyList<long>? padding = null,
        bool hasBias = false,
        [Range(0, 1, AboveLow = true)] double eps = 1e-5,
        [Range(0, double.PositiveInfinity, AboveLow = true)] double kappa = 10)
        : base(nameof(ThresholdConv2d), inChannels, outChannels, kernelSize, stride, padding, dilation: null, groups: 1, hasBias)
    {
        Rank = Guard.Between(rank, 0, 65_536, nameof(rank));
        Eps = Guard.Positive(Guard.Between(eps, 0, 1, nameof(eps)), nameof(eps));
        Kappa = Guard.Positive(kappa, nameof(kappa));
        conv = Conv2d(inChannels, outChannels, (KernelSize[0], KernelSize[1]), (Stride[0], Stride[1]), (Padding[0], Padding[1]), bias: hasBias);
        bn = BatchNorm2d(outChannels, Eps);
        bypass = rank == 0 ? null : new FilterBypass(inChannels, outChannels, rank, Stride, KernelSize is [1, 1], Eps);
        tau = zeros([]);
        mask = ones(outChannels);
        is_fixed = zeros([], uint8);
        RegisterComponents();
        foreach (var buffer in new[] { tau, mask, is_fixed })
            buffer.DetachFromDisposeScope();
    }

    /// <summary>Channels inside the bypass; 0 for no bypass.</summary>
    public long Rank { get; }

    /// <summary>What the norms add to the variance.</summary>
    public double Eps { get; }

    /// <summary>Steepness of the mask's stand-in for gradients.</summary>
    public double Kappa { get; }

    /// <summary>The threshold τ, a number. No parameter: an optimiser of the weights must not touch it.</summary>
    public Tensor Tau => tau;

    /// <summary>True once the mask stays as it is, whatever the weights do.</summary>
    public bool IsFixed => is_fixed.item<byte>() != 0;

    /// <summary>True to let the mask's gradient reach the weights through the scores as well.</summary>
    public bool PassesScores { get; set; }

    internal Conv2d Convolution => conv;

    internal BatchNorm2d Norm => bn;

    internal FilterBypass? Bypass => bypass;

    /// <summary>The layer that computes what a convolution and its batch norm compute, with a fresh bypass that adds nothing yet and a threshold just below the least score.</summary>
    internal static ThresholdConv2d Of(Conv2d convolution, BatchNorm2d norm, long rank, double kappa)
    {
        RequireFits(convolution);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layer = new ThresholdConv2d(
            convolution.in_channels, convolution.out_channels, convolution.kernel_size, rank, convolution.stride, convolution.padding, convolution.bias is not null, norm.eps, kappa);
        foreach (var (name, tensor) in convolution.state_dict())
            layer.conv.state_dict()[name].copy_(tensor);
        foreach (var (name, tensor) in norm.state_dict())
            layer.bn.state_dict()[name].copy_(tensor);
        layer.bn.momentum = norm.momentum;
        layer.tau.fill_(0.9 * layer.Scores().min().item<float>());
        return layer;
    }

    /// <summary>Importance of the filters, <c>[out]</c>, with mean square 1.</summary>
    public Tensor Scores() => FilterThreshold.Scores(PassesScores ? conv.weight : conv.weight.detach());

    /// <summary>Which filters are on, <c>[out]</c>: 1 or 0.</summary>
    public Tensor Mask() => IsFixed ? mask.alias() : FilterThreshold.Mask(Scores(), tau, Kappa);

    /// <summary>Keeps the mask as it is from now on.</summary>
    public void Fix()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        mask.copy_(Mask());
        is_fixed.fill_(1);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var masked = bn.call(conv.call(input)) * Mask().view(1, -1, 1, 1);
        return (bypass is null ? masked : masked + bypass.call(input)).MoveToOuterDisposeScope();
    }
}
