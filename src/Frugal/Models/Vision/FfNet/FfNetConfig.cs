using Frugal.Catalogue;
using Frugal.Layers;

namespace Frugal.Models.Vision;

/// <summary>
/// FFNet (Yun et al. 2024, "MetaMixer is all you need", arXiv 2406.02021): a convolutional network whose blocks have the form of attention, query, keys and values, with depthwise convolutions in the places of its
/// products. The presets are the published sizes, for 256 pixels and the largest for 384; <c>reparameterize</c> makes them as small as their published counts say. The default options are those of <c>ffnet-1</c>.
/// </summary>
[Entry("ffnet", Paper = "metamixer")]
public sealed record FfNetConfig : ImageModelConfig
{
    private const double UsualLayerScale = 1e-6;

    /// <summary>Channels of each stage; each a multiple of the one before, which its convolutions see alone.</summary>
    public IReadOnlyList<int> Widths { get; init => field = Numbers(value, 1, 65_536, nameof(Widths)); } = [80, 160, 320, 640];

    /// <summary>Blocks of each stage; every stage after the first halves the image.</summary>
    public IReadOnlyList<int> Depths { get; init => field = Numbers(value, 0, 1000, nameof(Depths)); } = [2, 2, 8, 2];

    /// <summary>Channels between the two convolutions that quarter the image.</summary>
    [Range(1, 65_536)]
    public int StemWidth { get; init => field = Guard.Between(value, 1, 65_536); } = 64;

    /// <summary>Side of the channel mixers' depthwise kernels, by stage or one for all; odd.</summary>
    public IReadOnlyList<int> KernelSizes { get; init => field = Numbers(value, 1, 63, nameof(KernelSizes)); } = [3];

    /// <summary>Side of the keys' kernels, by stage or one for all; 7 has two branches.</summary>
    public IReadOnlyList<int> KernelSizes1 { get; init => field = Numbers(value, 1, 63, nameof(KernelSizes1)); } = [3, 3, 7, 7];

    /// <summary>Side of the values' kernels, by stage or one for all; 7 has two branches.</summary>
    public IReadOnlyList<int> KernelSizes2 { get; init => field = Numbers(value, 1, 63, nameof(KernelSizes2)); } = [3, 3, 7, 7];

    /// <summary>Width within the channel mixers, in multiples of the stage's, by stage or one for all.</summary>
    public IReadOnlyList<int> ExpansionRatios { get; init => field = Numbers(value, 1, 64, nameof(ExpansionRatios)); } = [3];

    /// <summary>Non-linearity of the blocks.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>What stands between query and output of the token mixers.</summary>
    public TokenMixing Mixing { get; init; } = TokenMixing.KeyValue;

    /// <summary>Squeeze and excitation behind the token mixer of every other block; in none of the published networks.</summary>
    public bool HasSqueezeExcite { get; init; }

    /// <summary>What the factors on the channels of each branch begin with; null for no such factors.</summary>
    [Range(0, 1)]
    public double? LayerScale { get; init => field = value is { } scale ? Guard.Between(scale, 0, 1) : null; }

    /// <summary>Probability of dropping the last block's branches in training, falling linearly to 0 at the first.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double DropPathRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <inheritdoc/>
    public override PublishedInput PublishedInput => new(1000, 3, 256);

    /// <summary>81.3 % on ImageNet; 13,660,152 parameters when it is reparameterized.</summary>
    [Preset("ffnet-1", Parameters = 13_775_656, Source = "Yun et al. 2024, the authors' code")]
    public static FfNetConfig FfNet1 => new();

    /// <summary>82.9 % on ImageNet; 26,908,440 parameters when it is reparameterized.</summary>
    [Preset("ffnet-2", Parameters = 27_208_408, Source = "Yun et al. 2024, the authors' code")]
    public static FfNetConfig FfNet2 => new() { Widths = [88, 176, 352, 704], Depths = [3, 3, 15, 3], KernelSizes = [7], DropPathRate = 0.15 };

    /// <summary>83.9 % on ImageNet; 48,330,632 parameters when it is reparameterized.</summary>
    [Preset("ffnet-3", Parameters = 48_817_896, Source = "Yun et al. 2024, the authors' code")]
    public static FfNetConfig FfNet3 => new() { Widths = [96, 192, 384, 768], Depths = [4, 4, 22, 5], KernelSizes = [7], LayerScale = UsualLayerScale, DropPathRate = 0.35 };

    /// <summary>85.3 % on ImageNet at 384 pixels; 79,200,360 parameters when it is reparameterized.</summary>
    [Preset("ffnet-4", Parameters = 79_868_968, Source = "Yun et al. 2024, the authors' code")]
    public static FfNetConfig FfNet4 => new() { Widths = [128, 256, 512, 1024], Depths = [4, 4, 27, 3], KernelSizes = [7], LayerScale = UsualLayerScale, DropPathRate = 0.4, ImageSize = 384 };

    /// <inheritdoc/>
    public override double LeastParameters => Widths.Zip(Depths, (width, depth) => (double)width * width * depth).Sum();

    /// <summary>Options of a block.</summary>
    /// <param name="stage">Its stage.</param>
    /// <param name="block">Its number within the stage.</param>
    /// <param name="place">Its number among all.</param>
    internal FfBlockOptions BlockOf(int stage, int block, int place) => new(
        Widths[stage], At(KernelSizes, stage), At(KernelSizes1, stage), At(KernelSizes2, stage), At(ExpansionRatios, stage), Activation, Mixing, HasSqueezeExcite && block % 2 == 0, LayerScale,
        Depths.Sum() > 1 ? DropPathRate * place / (Depths.Sum() - 1) : DropPathRate);

    /// <inheritdoc/>
    protected override Model Create()
    {
        if (Widths.Count != Depths.Count)
            throw new FrugalException($"ffnet has {Widths.Count} widths and {Depths.Count} depths; give one of each a stage");
        foreach (var (option, values) in new[] { ("kernel-sizes", KernelSizes), ("kernel-sizes1", KernelSizes1), ("kernel-sizes2", KernelSizes2), ("expansion-ratios", ExpansionRatios) })
            if (values.Count != 1 && values.Count != Widths.Count)
                throw new FrugalException($"ffnet has {Widths.Count} stages and {values.Count} {option}; give one a stage, or one for all");
        if (KernelSizes.Any(side => side % 2 == 0))
            throw new FrugalException($"ffnet's channel mixers take odd kernel-sizes, so that images keep their size, and not {string.Join(", ", KernelSizes)}");
        for (int stage = 1; stage < Widths.Count; stage++)
            if (Widths[stage] % Widths[stage - 1] != 0)
                throw new FrugalException($"ffnet goes from {Widths[stage - 1]} channels to {Widths[stage]}, which is no multiple: each stage's first convolution sees the channels of the one before alone");
        return new FfNet(this);
    }

    private static int At(IReadOnlyList<int> values, int stage) => values[values.Count == 1 ? 0 : stage];

    private static IReadOnlyList<int> Numbers(IReadOnlyList<int> value, int low, int high, string option)
    {
        ArgumentNullException.ThrowIfNull(value, option);
        Guard.Between(value.Count, 1, 8, option);
        foreach (int number in value)
            Guard.Between(number, low, high, option);
        return value;
    }
}
