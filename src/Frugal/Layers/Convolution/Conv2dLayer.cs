using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A layer that takes the place of a two-dimensional convolution padded with zeros, <c>[batch, inChannels, height, width]</c> to <c>[batch, outChannels, …]</c>: the options that all such
/// layers have.
/// </summary>
public abstract class Conv2dLayer : Layer
{
    private protected Conv2dLayer(
        string name, long inChannels, long outChannels, IReadOnlyList<long> kernelSize, IReadOnlyList<long>? stride, IReadOnlyList<long>? padding, IReadOnlyList<long>? dilation, long groups,
        bool hasBias) : base(name)
    {
        InChannels = Guard.Between(inChannels, 1, 65_536, nameof(inChannels));
        OutChannels = Guard.Between(outChannels, 1, 65_536, nameof(outChannels));
        KernelSize = Plane.Pair(kernelSize, least: 1, nameof(kernelSize));
        Stride = Plane.Pair(stride ?? [1], least: 1, nameof(stride));
        Padding = Plane.Pair(padding ?? [0], least: 0, nameof(padding));
        Dilation = Plane.Pair(dilation ?? [1], least: 1, nameof(dilation));
        Groups = Guard.Between(groups, 1, 65_536, nameof(groups));
        HasBias = hasBias;
        if (inChannels % groups != 0 || outChannels % groups != 0)
            throw new FrugalException($"a convolution of {inChannels} to {outChannels} channels does not divide into {groups} groups; groups must divide both");
    }

    /// <summary>Channels of the input.</summary>
    public long InChannels { get; }

    /// <summary>Channels of the output.</summary>
    public long OutChannels { get; }

    /// <summary>Height and width of the kernel.</summary>
    public IReadOnlyList<long> KernelSize { get; }

    /// <summary>Step down and across.</summary>
    public IReadOnlyList<long> Stride { get; }

    /// <summary>Zeros added above and below, left and right.</summary>
    public IReadOnlyList<long> Padding { get; }

    /// <summary>Distance between the kernel's points down and across.</summary>
    public IReadOnlyList<long> Dilation { get; }

    /// <summary>Groups of channels that do not see each other.</summary>
    public long Groups { get; }

    /// <summary>True when a bias is added.</summary>
    public bool HasBias { get; }

    /// <summary>Shape of the kernel, <c>[out, in / groups, height, width]</c>.</summary>
    private protected long[] KernelShape => [OutChannels, InChannels / Groups, .. KernelSize];

    /// <summary>Inputs of one output.</summary>
    private protected long FanIn => InChannels / Groups * KernelSize[0] * KernelSize[1];

    /// <summary>True for the convolutions whose place such a layer can take: padded with zeros by a number of pixels.</summary>
    public static bool Fits(Conv2d convolution)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        return convolution is { padding_mode: PaddingModes.Zeros, padding: not null };
    }

    /// <exception cref="FrugalException">The convolution is padded otherwise.</exception>
    private protected static void RequireFits(Conv2d convolution)
    {
        if (!Fits(convolution))
            throw new FrugalException("Only a convolution that is padded with zeros by a number of pixels can be replaced; exclude this one.");
    }

    /// <summary>The convolution of these options.</summary>
    private protected Tensor Convolve(Tensor input, Tensor kernel, Tensor? bias) =>
        functional.conv2d(input, kernel, bias, [.. Stride], [.. Padding], [.. Dilation], Groups);
}
