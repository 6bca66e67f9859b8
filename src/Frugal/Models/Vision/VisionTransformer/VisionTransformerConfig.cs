using Frugal.Catalogue;
using Frugal.Layers;

namespace Frugal.Models.Vision;

/// <summary>
/// Vision Transformer (Dosovitskiy et al. 2020, "An image is worth 16x16 words", arXiv 2010.11929; tiny and small from Touvron et al. 2020,
/// "Training data-efficient image transformers", arXiv 2012.12877). The default options are those of <c>vit-tiny</c>, for images of 28 or 32 pixels.
/// </summary>
[Entry("vit")]
public sealed record VisionTransformerConfig : ImageModelConfig
{
    private readonly int embedDim = 96, depth = 4, numHeads = 3;
    private readonly int? patchSize;
    private readonly double mlpRatio = 4, dropRate, attentionDropRate, dropPathRate, normEpsilon = 1e-6;

    /// <summary>Side of a patch in pixels; it divides the image's sides. Null takes the smallest that leaves at most 64 patches: 4 for 28 and 32 pixels.</summary>
    [Range(1, 1024)]
    public int? PatchSize { get => patchSize; init => patchSize = value is { } v ? Guard.Between(v, 1, 1024) : null; }

    /// <summary>Width of a token.</summary>
    [Range(1, 65_536)]
    public int EmbedDim { get => embedDim; init => embedDim = Guard.Between(value, 1, 65_536); }

    /// <summary>Number of blocks.</summary>
    [Range(1, 1000)]
    public int Depth { get => depth; init => depth = Guard.Between(value, 1, 1000); }

    /// <summary>Attention heads; they divide <see cref="EmbedDim"/>.</summary>
    [Range(1, 1024)]
    public int NumHeads { get => numHeads; init => numHeads = Guard.Between(value, 1, 1024); }

    /// <summary>Width of the feed-forward's hidden layer in multiples of <see cref="EmbedDim"/>.</summary>
    [Range(0, 64, AboveLow = true)]
    public double MlpRatio { get => mlpRatio; init => mlpRatio = Guard.Between(Guard.Positive(value), 0, 64); }

    /// <summary>Non-linearity of the feed-forward.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>True when queries, keys and values have biases.</summary>
    public bool HasQkvBias { get; init; } = true;

    /// <summary>Added to the variances of the normalisations: 1e-6 in timm, 1e-12 in the transformers library.</summary>
    [Range(0, 1)]
    public double NormEpsilon { get => normEpsilon; init => normEpsilon = Guard.Between(value, 0, 1); }

    /// <summary>What of the tokens the classifier sees.</summary>
    public TokenPooling Pooling { get; init; } = TokenPooling.Token;

    /// <summary>Share of units that dropout sets to zero in training: of the embedded tokens, the projections and the feed-forward.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double DropRate { get => dropRate; init => dropRate = Guard.Fraction(value); }

    /// <summary>Share of attention weights that dropout sets to zero in training.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double AttentionDropRate { get => attentionDropRate; init => attentionDropRate = Guard.Fraction(value); }

    /// <summary>Probability of dropping the last block's branches in training, falling linearly to 0 at the first.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double DropPathRate { get => dropPathRate; init => dropPathRate = Guard.Fraction(value); }

    /// <inheritdoc/>
    public override PublishedInput PublishedInput => PatchSize switch
    {
        >= 14 => PublishedInput.ImageNet,
        7 => PublishedInput.Digits,
        _ => PublishedInput.Cifar,
    };

    /// <summary>A small one for images of 28 or 32 pixels.</summary>
    [Preset("vit-tiny")]
    public static VisionTransformerConfig Tiny => new();

    /// <summary>A smaller and faster one for images of 28 pixels, with patches of 7.</summary>
    [Preset("vit-nano")]
    public static VisionTransformerConfig Nano => new() { EmbedDim = 64, NumHeads = 2, PatchSize = 7 };

    /// <summary>ViT-Ti/16 for 224 pixels.</summary>
    [Preset("vit_tiny_patch16_224", Parameters = 5_717_416, Source = "Touvron et al. 2020, table 1")]
    public static VisionTransformerConfig TinyPatch16 => new() { PatchSize = 16, EmbedDim = 192, Depth = 12, NumHeads = 3 };

    /// <summary>ViT-S/16 for 224 pixels.</summary>
    [Preset("vit_small_patch16_224", Parameters = 22_050_664, Source = "Touvron et al. 2020, table 1")]
    public static VisionTransformerConfig SmallPatch16 => new() { PatchSize = 16, EmbedDim = 384, Depth = 12, NumHeads = 6 };

    /// <summary>ViT-B/16 for 224 pixels.</summary>
    [Preset("vit_base_patch16_224", Parameters = 86_567_656, Source = "Dosovitskiy et al. 2020, table 1")]
    public static VisionTransformerConfig BasePatch16 => new() { PatchSize = 16, EmbedDim = 768, Depth = 12, NumHeads = 12 };

    /// <inheritdoc/>
    public override double LeastParameters => Depth * (4 + 2 * MlpRatio) * Math.Pow(EmbedDim, 2);

    internal override ModelConfig? WithFeedForward(long hidden) => this with { MlpRatio = (double)hidden / EmbedDim };

    /// <inheritdoc/>
    protected override Model Create() => new VisionTransformer(this);
}
