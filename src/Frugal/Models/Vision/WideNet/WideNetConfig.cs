using Frugal.Catalogue;
using Frugal.Layers;

namespace Frugal.Models.Vision;

/// <summary>
/// WideNet for images (Xue et al. 2021, "Go Wider Instead of Deeper", arXiv 2107.11817): a Vision Transformer whose blocks share one attention layer and one mixture of experts and have only their layer norms for
/// themselves. The default options are those of <c>widenet-tiny</c>, for images of 28 or 32 pixels.
/// </summary>
[Entry("widenet", Paper = "widenet")]
public sealed record WideNetConfig : ImageModelConfig
{
    /// <summary>Side of a patch in pixels; it divides the image's sides. Null takes the smallest that leaves at most 64 patches: 4 for 28 and 32 pixels.</summary>
    [Range(1, 1024)]
    public int? PatchSize { get; init => field = value is { } side ? Guard.Between(side, 1, 1024) : null; }

    /// <summary>Width of a token, d.</summary>
    [Range(1, 65_536)]
    public int EmbedDim { get; init => field = Guard.Between(value, 1, 65_536); } = 96;

    /// <summary>Number of blocks, L; weights hardly grow with it.</summary>
    [Range(1, 1000)]
    public int Depth { get; init => field = Guard.Between(value, 1, 1000); } = 6;

    /// <summary>Attention heads; they divide <see cref="EmbedDim"/>.</summary>
    [Range(1, 1024)]
    public int NumHeads { get; init => field = Guard.Between(value, 1, 1024); } = 3;

    /// <summary>Width of an expert's hidden layer.</summary>
    [Range(1, 1_000_000)]
    public int HiddenDim { get; init => field = Guard.Between(value, 1, 1_000_000); } = 384;

    /// <summary>The mixture of experts that the blocks share.</summary>
    public WideNetMixture Mixture { get; init; } = new();

    /// <summary>Non-linearity of the experts.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>True when the blocks share their layer norms as well: another model, which the paper compares with.</summary>
    public bool SharesNorms { get; init; }

    /// <summary>True for a linear layer with tanh between the mean of the tokens and the classifier.</summary>
    public bool HasPreLogits { get; init; }

    /// <summary>Added to the variances of the normalisations.</summary>
    [Range(0, 1)]
    public double NormEpsilon { get; init => field = Guard.Between(value, 0, 1); } = 1e-6;

    /// <summary>Share of the pooled features that dropout sets to zero in training, before the classifier.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double DropRate { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>Share of units that dropout sets to zero in training: of the embedded tokens, the attention's output and the experts.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double BlockDropRate { get; init => field = Guard.Fraction(value); }

    /// <summary>Share of attention weights that dropout sets to zero in training.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double AttentionDropRate { get; init => field = Guard.Fraction(value); }

    /// <inheritdoc/>
    public override PublishedInput PublishedInput => PatchSize >= 14 ? PublishedInput.ImageNet : PublishedInput.Cifar;

    /// <summary>A small one for images of 28 or 32 pixels.</summary>
    [Preset("widenet-tiny")]
    public static WideNetConfig Tiny => new();

    /// <summary>WideNet-B/16 for 224 pixels, published as 29 million.</summary>
    [Preset("widenet-base", Parameters = 29_100_008, Source = "Xue et al. 2021, table 1")]
    public static WideNetConfig Base => new() { PatchSize = 16, EmbedDim = 768, Depth = 12, NumHeads = 12, HiddenDim = 4096 };

    /// <summary>WideNet-L/16 for 224 pixels, published as 40 million.</summary>
    [Preset("widenet-large", Parameters = 39_891_944, Source = "Xue et al. 2021, table 1")]
    public static WideNetConfig Large => new() { PatchSize = 16, EmbedDim = 1024, Depth = 24, NumHeads = 16, HiddenDim = 4096 };

    /// <summary>WideNet-H/16 for 224 pixels, published as 63 million, which it has with the layer before the classifier.</summary>
    [Preset("widenet-huge", Parameters = 63_341_800, Source = "Xue et al. 2021, table 1")]
    public static WideNetConfig Huge => new() { PatchSize = 16, EmbedDim = 1280, Depth = 32, NumHeads = 16, HiddenDim = 5120, HasPreLogits = true };

    /// <inheritdoc/>
    public override double LeastParameters => 4 * Math.Pow(EmbedDim, 2) + 2.0 * Mixture.Experts * HiddenDim * EmbedDim;

    /// <inheritdoc/>
    protected override Model Create() => new WideNet(this);
}
