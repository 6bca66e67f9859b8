using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A convolution over time, height and width whose kernel is, for every pair of channels, a sum of products of a filter along each axis (Boukraichi et al. 2023, three-way to one-way):
/// <c>[batch, inChannels, time, height, width]</c> to <c>[batch, outChannels, …]</c>. Weight names: <c>time</c>, <c>vertical</c>, <c>horizontal</c>, <c>[out, in, rank, length]</c> each, and <c>bias</c>.
/// </summary>
[Entry("one-way-conv3d", Paper = "a-priori-compression")]
[Capabilities(WorksOn = ["Conv3d"], CombinesWith = ["train"], ChangesShapes = true)]
public sealed class OneWayConv3d : Layer
{
    private readonly Parameter time, vertical, horizontal;
    private readonly Parameter? bias;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Lengths of the kernel in time, down and across; one number for all.</param>
    /// <param name="rank">Products in a sum, R; 1 is the strict form.</param>
    /// <param name="stride">Steps in time, down and across, or one number for all; null for 1.</param>
    /// <param name="padding">Zeros before and after, above and below, left and right, or one number for all; null for none.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public OneWayConv3d(
        [Range(1, 65_536)] long inChannels,
        [Range(1, 65_536)] long outChannels,
        IReadOnlyList<long> kernelSize,
        [Range(1, 1024)] long rank = 1,
        IReadOnlyList<long>? stride = null,
        IReadOnlyList<long>? padding = null,
        bool hasBias = true) : base(nameof(OneWayConv3d))
    {
        InChannels = Guard.Between(inChannels, 1, 65_536, nameof(inChannels));
        OutChannels = Guard.Between(outChannels, 1, 65_536, nameof(outChannels));
        Rank = Guard.Between(rank, 1, 1024, nameof(rank));
        KernelSize = Three(kernelSize, 1, nameof(kernelSize));
        Stride = Three(stride ?? [1], 1, nameof(stride));
        Padding = Three(padding ?? [0], 0, nameof(padding));
        HasBias = hasBias;
        double std = Math.Pow((double)Rank * InChannels * KernelSize[0] * KernelSize[1] * KernelSize[2], -1.0 / 6);
        time = FreshFilters.Of([OutChannels, InChannels, Rank, KernelSize[0]], std);
        vertical = FreshFilters.Of([OutChannels, InChannels, Rank, KernelSize[1]], std);
        horizontal = FreshFilters.Of([OutChannels, InChannels, Rank, KernelSize[2]], std);
        bias = hasBias ? FreshFilters.Zeros(OutChannels) : null;
        RegisterComponents();
    }

    /// <summary>Channels of the input.</summary>
    public long InChannels { get; }

    /// <summary>Channels of the output.</summary>
    public long OutChannels { get; }

    /// <summary>Lengths of the kernel in time, down and across.</summary>
    public IReadOnlyList<long> KernelSize { get; }

    /// <summary>Products in a sum, R.</summary>
    public long Rank { get; }

    /// <summary>Steps in time, down and across.</summary>
    public IReadOnlyList<long> Stride { get; }

    /// <summary>Zeros before and after, above and below, left and right.</summary>
    public IReadOnlyList<long> Padding { get; }

    /// <summary>True when a bias is added.</summary>
    public bool HasBias { get; }

    /// <summary>Numbers that the filters hold.</summary>
    public long FilterNumbers => OutChannels * InChannels * Rank * KernelSize.Sum();

    /// <summary>The kernel that the filters make up, <c>[out, in, time, height, width]</c>; with gradients to the filters.</summary>
    public Tensor Kernel() => OneWayMath.ThreeWay(time, vertical, horizontal);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var kernel = Kernel();
        return functional.conv3d(input, kernel, bias, [.. Stride], [.. Padding]);
    }

    private static IReadOnlyList<long> Three(IReadOnlyList<long> value, long least, string option)
    {
        ArgumentNullException.ThrowIfNull(value, option);
        return value.Count is 1 or 3 && value.All(number => number >= least)
            ? value.Count == 1 ? [value[0], value[0], value[0]] : [.. value]
            : throw new ArgumentOutOfRangeException(option, string.Join(", ", value), $"{option} must be one or three numbers of at least {least}, in time, down and across, got [{string.Join(", ", value)}]");
    }
}
