using Frugal.Catalogue;

namespace Frugal.Models.Vision;

/// <summary>
/// Residual network (He et al. 2015, "Deep residual learning for image recognition", arXiv 1512.03385). The presets are the published sizes: 20 to 110
/// layers for 32-pixel images (section 4.2), and 18, 34 and 50 for 224 pixels (table 1). The default options are those of <c>resnet18</c>.
/// </summary>
[Entry("resnet")]
public sealed record ResNetConfig : ImageModelConfig
{
    private readonly IReadOnlyList<int> depths = [2, 2, 2, 2];
    private readonly int width = 64;
    private readonly double dropPathRate;

    /// <summary>Residual blocks of each stage; every stage after the first halves the image and doubles the channels.</summary>
    public IReadOnlyList<int> Depths
    {
        get => depths;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            Guard.Between(value.Count, 1, 8, nameof(Depths));
            foreach (int depth in value)
                Guard.Between(depth, 1, 1000);
            depths = value;
        }
    }

    /// <summary>Channels of the first stage.</summary>
    [Range(1, 4096)]
    public int Width { get => width; init => width = Guard.Between(value, 1, 4096); }

    /// <summary>Kind of residual block.</summary>
    public ResidualBlock Block { get; init; } = ResidualBlock.Basic;

    /// <summary>What comes before the first block.</summary>
    public ResNetStem Stem { get; init; } = ResNetStem.Imagenet;

    /// <summary>What a shortcut does where the shape changes.</summary>
    public ResNetShortcut Shortcut { get; init; } = ResNetShortcut.Projection;

    /// <summary>Probability of dropping the last residual branch in training, falling linearly to 0 at the first.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double DropPathRate { get => dropPathRate; init => dropPathRate = Guard.Fraction(value); }

    /// <summary>Starts every residual branch at zero, by the scale of its last normalisation, so that blocks begin as identities (Goyal et al. 2017, section 5.1).</summary>
    public bool ZeroInitLast { get; init; } = true;

    /// <inheritdoc/>
    public override PublishedInput PublishedInput => Stem == ResNetStem.Cifar ? PublishedInput.Cifar : PublishedInput.ImageNet;

    /// <summary>20 layers for 32-pixel images.</summary>
    [Preset("resnet20", Parameters = 269_722, Source = "He et al. 2015, table 6")]
    public static ResNetConfig ResNet20 => ForCifar(3);

    /// <summary>32 layers for 32-pixel images.</summary>
    [Preset("resnet32", Parameters = 464_154, Source = "He et al. 2015, table 6")]
    public static ResNetConfig ResNet32 => ForCifar(5);

    /// <summary>56 layers for 32-pixel images.</summary>
    [Preset("resnet56", Parameters = 853_018, Source = "He et al. 2015, table 6")]
    public static ResNetConfig ResNet56 => ForCifar(9);

    /// <summary>110 layers for 32-pixel images.</summary>
    [Preset("resnet110", Parameters = 1_727_962, Source = "He et al. 2015, table 6")]
    public static ResNetConfig ResNet110 => ForCifar(18);

    /// <summary>18 layers for 224-pixel images.</summary>
    [Preset("resnet18", Parameters = 11_689_512, Source = "He et al. 2015, table 1")]
    public static ResNetConfig ResNet18 => new() { Depths = [2, 2, 2, 2] };

    /// <summary>34 layers for 224-pixel images.</summary>
    [Preset("resnet34", Parameters = 21_797_672, Source = "He et al. 2015, table 1")]
    public static ResNetConfig ResNet34 => new() { Depths = [3, 4, 6, 3] };

    /// <summary>50 layers for 224-pixel images.</summary>
    [Preset("resnet50", Parameters = 25_557_032, Source = "He et al. 2015, table 1")]
    public static ResNetConfig ResNet50 => new() { Depths = [3, 4, 6, 3], Block = ResidualBlock.Bottleneck };

    /// <inheritdoc/>
    public override double LeastParameters =>
        Depths.Select((depth, stage) => Math.Max(depth - 1, 0) * (Block == ResidualBlock.Basic ? 18.0 : 17.0) * Math.Pow((double)Width * (1 << stage), 2)).Sum();

    /// <inheritdoc/>
    protected override Model Create() => new ResNet(this);

    // 6n + 2 layers: the stem, n blocks of two in each of three stages, and the classifier.
    private static ResNetConfig ForCifar(int n) =>
        new() { Depths = [n, n, n], Width = 16, Stem = ResNetStem.Cifar, Shortcut = ResNetShortcut.ZeroPadding };
}
