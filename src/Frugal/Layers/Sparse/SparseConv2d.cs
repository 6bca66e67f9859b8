using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// A convolution of whose weights learned scores keep a share (Mousavi et al. 2022, "DASS", arXiv 2207.06968): <c>y = conv(x, W · mask)</c>. Weight names: <c>weight</c>, <c>popup_scores</c>, <c>bias</c>.
/// </summary>
[Entry("sparse-conv2d", Paper = "dass")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["score-pruning"])]
public sealed class SparseConv2d : Conv2dLayer, IScoredLayer
{
    private readonly ScoredWeight scored;
    private readonly Parameter? bias;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel; one number for both.</param>
    /// <param name="keepShare">Share k of the weights that is kept.</param>
    /// <param name="keepsOne">Keeps one weight where the share is less than that.</param>
    /// <param name="stride">Step down and across, or one number for both; null for 1.</param>
    /// <param name="padding">Zeros added above and below, left and right, or one number for both; null for none.</param>
    /// <param name="dilation">Distance between the kernel's points down and across, or one number for both; null for 1.</param>
    /// <param name="groups">Groups of channels that do not see each other; they divide both numbers of channels.</param>
    /// <param name="hasBias">True when a bias, which has no mask, is added.</param>
    public SparseConv2d(
        [Range(1, 65_536)] long inChannels,
        [Range(1, 65_536)] long outChannels,
        IReadOnlyList<long> kernelSize,
        [Range(0, 1, AboveLow = true)] double keepShare = 0.01,
        bool keepsOne = true,
        IReadOnlyList<long>? stride = null,
        IReadOnlyList<long>? padding = null,
        IReadOnlyList<long>? dilation = null,
        [Range(1, 65_536)] long groups = 1,
        bool hasBias = true)
        : base(nameof(SparseConv2d), inChannels, outChannels, kernelSize, stride, padding, dilation, groups, hasBias)
    {
        KeepShare = Guard.Positive(Guard.Between(keepShare, 0, 1, nameof(keepShare)), nameof(keepShare));
        KeepsOne = keepsOne;
        scored = new(this, KernelShape);
        bias = hasBias ? FreshBias.Of(outChannels, FanIn) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public double KeepShare { get; set => field = Guard.Positive(Guard.Between(value, 0, 1)); }

    /// <summary>Keeps one weight where the share is less than that.</summary>
    public bool KeepsOne { get; }

    /// <summary>The layer that begins as a dense convolution with its largest weights kept.</summary>
    /// <exception cref="FrugalException">The convolution is not padded with zeros by a number of pixels.</exception>
    public static SparseConv2d Of(Conv2d dense, double keepShare, bool keepsOne)
    {
        RequireFits(dense);
        using var mode = no_grad();
        var layer = new SparseConv2d(
            dense.in_channels, dense.out_channels, dense.kernel_size, keepShare, keepsOne, dense.stride, dense.padding, dense.dilation, dense.groups, dense.bias is not null);
        layer.scored.Take(dense.weight);
        layer.bias?.copy_(dense.bias!);
        return layer;
    }

    /// <inheritdoc/>
    public Tensor Mask() => PopupScores.Mask(scored.Scores, KeepShare, KeepsOne);

    /// <inheritdoc/>
    public Tensor MaskedWeight() => scored.Masked(KeepShare, KeepsOne);

    /// <inheritdoc/>
    public void ScaleScores() => scored.Scale();

    /// <inheritdoc/>
    public void DrawScores(Generator generator) => scored.Draw(generator);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var kernel = MaskedWeight();
        return Convolve(input, kernel, bias);
    }
}
