using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A Kolmogorov-Arnold layer on every window of an image, in the place of a convolution and the activation behind it, <c>[batch, inChannels, height, width]</c> to <c>[batch, outChannels, …]</c> (S-ConvKAN). Entries of a
/// window, each a node with its functions, are in the order channel, row, column; zeros around the image count like any number. <see cref="KanLayer"/> has the formula and the weight names.
/// </summary>
/// <remarks>Families whose functions are the same everywhere run as one convolution of their maps; wavelets and ReLU bumps need every window, which takes memory in proportion to windows × entries × outputs.</remarks>
[Entry("kan-conv2d", Paper = "s-kan")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["kan-layers", "kan-selection"], ChangesShapes = true)]
public sealed class KanConv2d : KanLayer
{
    private readonly KanWindow window;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the window; one number for both.</param>
    /// <param name="stride">Step down and across, or one number for both; null for 1.</param>
    /// <param name="padding">Zeros added above and below, left and right, or one number for both; null for none.</param>
    /// <param name="dilation">Distance between the window's entries down and across, or one number for both; null for 1.</param>
    /// <param name="pool">The families that nodes choose among, each once; null for B-splines, radial functions, Chebyshev polynomials and wavelets.</param>
    /// <param name="families">The family of each entry after the choice, a shorter list being repeated; null while all of the pool are weighed.</param>
    /// <param name="gateScale">Sum of a node's weights over its families, g; null for their number.</param>
    /// <param name="gridSize">Intervals of the spline grid on [-1, 1], G.</param>
    /// <param name="splineOrder">Order of the splines, k.</param>
    /// <param name="numRbf">Centres of the radial functions on [-2, 2].</param>
    /// <param name="degree">Highest degree of the polynomials.</param>
    /// <param name="wavelet">The mother wavelet.</param>
    /// <param name="hasBase">True for the branch w SiLU(x) beside the families.</param>
    /// <param name="hasScaler">True for a further factor of each edge on the coefficients of splines.</param>
    /// <param name="hasNorm">True for a batch norm of the channels without parameters, times ½, before the functions.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public KanConv2d(
        [Range(1, 65_536)] long inChannels, [Range(1, 65_536)] long outChannels, IReadOnlyList<long> kernelSize, IReadOnlyList<long>? stride = null, IReadOnlyList<long>? padding = null,
        IReadOnlyList<long>? dilation = null, IReadOnlyList<KanFamily>? pool = null, IReadOnlyList<KanFamily>? families = null, [Range(0, 1000, AboveLow = true)] double? gateScale = null,
        [Range(1, 4096)] int gridSize = 5, [Range(0, 10)] int splineOrder = 3, [Range(2, 4096)] int numRbf = 8, [Range(1, 64)] int degree = 4, KanWavelet wavelet = KanWavelet.MexicanHat, bool hasBase = true,
        bool hasScaler = false, bool hasNorm = false, bool hasBias = true)
        : this(
            new(Guard.Between(inChannels, 1, 65_536, nameof(inChannels)), Plane.Pair(kernelSize, 1, nameof(kernelSize)), Plane.Pair(stride ?? [1], 1, nameof(stride)), Plane.Pair(padding ?? [0], 0, nameof(padding)),
                Plane.Pair(dilation ?? [1], 1, nameof(dilation))),
            outChannels, new(pool, families, gateScale, gridSize, splineOrder, numRbf, degree, wavelet, hasBase, hasScaler, hasNorm, hasBias))
    {
    }

    internal KanConv2d(KanWindow window, long outChannels, KanOptions options) : base(
        nameof(KanConv2d), window.NumEntries, Guard.Between(outChannels, 1, 65_536, nameof(outChannels)), options, options.HasNorm ? BatchNorm2d(window.InChannels, affine: false) : null, hasOwnGrids: false) =>
        this.window = window;

    /// <summary>Channels of the input.</summary>
    public long InChannels => window.InChannels;

    /// <summary>Channels of the output.</summary>
    public long OutChannels => NumOutputs;

    /// <summary>Height and width of the window.</summary>
    public IReadOnlyList<long> KernelSize => window.KernelSize;

    /// <summary>Step down and across.</summary>
    public IReadOnlyList<long> Stride => window.Stride;

    /// <summary>Zeros added above and below, left and right.</summary>
    public IReadOnlyList<long> Padding => window.Padding;

    /// <summary>Distance between the window's entries down and across.</summary>
    public IReadOnlyList<long> Dilation => window.Dilation;

    /// <inheritdoc/>
    public override Tensor Rows(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        return window.Rows(Padded(input)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override KanLayer Pruned() => Filled(new KanConv2d(window, OutChannels, KanPool.OptionsOf(this, ChosenFamilies())));

    /// <summary>True for the convolutions whose place such a layer can take: without groups, padded with zeros by a number of pixels.</summary>
    public static bool Fits(Conv2d convolution)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        return Conv2dLayer.Fits(convolution) && convolution.groups == 1;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var sums = Edges.OfImage(Padded(input), window);
        if (Bias is { } bias)
            sums += bias.view(1, -1, 1, 1);
        return sums.MoveToOuterDisposeScope();
    }

    private Tensor Padded(Tensor input) => input.dim() == 4 && input.shape[1] == InChannels
        ? window.Pad(Normalised(input))
        : throw new FrugalException($"{nameof(KanConv2d)} takes images [batch, {InChannels}, height, width] and got [{string.Join(", ", input.shape)}]");
}
