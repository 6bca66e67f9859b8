using Frugal.Catalogue;

namespace Frugal.Data.Transforms;

/// <summary>
/// Applies a few randomly drawn operations of one strength to an image (Cubuk et al. 2019, arXiv 1909.13719). Recipes, operations and their strengths are timm's, the
/// arithmetic on 8-bit pixels is Pillow's.
/// </summary>
[Entry("rand-augment")]
public sealed class RandAugment : ImageTransform
{
    private const byte Grey = 128;
    private static readonly AugmentOperation[] operations = Enum.GetValues<AugmentOperation>();
    private readonly RandAugmentRecipe parsed = RandAugmentRecipe.Parse(DefaultRecipe);
    private readonly string recipe = DefaultRecipe;
    private byte[] fill = [Grey, Grey, Grey];

    /// <summary>The common recipe.</summary>
    private const string DefaultRecipe = "rand-m9-mstd0.5-inc1";

    /// <summary>
    /// What to do, in timm's words: <c>m</c> magnitude (10), <c>n</c> operations an image (2), <c>p</c> chance of each (0.5), <c>mstd</c> deviation of the magnitude (0; above 100:
    /// uniform between 0 and m), <c>mmax</c> its upper bound (10), <c>inc1</c> for operations that grow with the magnitude. Default <c>rand-m9-mstd0.5-inc1</c>.
    /// </summary>
    /// <exception cref="FrugalException">The recipe cannot be read; the message names the part.</exception>
    [Shorthand]
    public string Recipe
    {
        get => recipe;
        init => (parsed, recipe) = (RandAugmentRecipe.Parse(value), value);
    }

    /// <summary>The same with the mean colour of the data for what comes into view.</summary>
    public override ImageTransform For(ImageInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        var bound = (RandAugment)MemberwiseClone();
        bound.fill = [.. info.Mean.Select(mean => (byte)Math.Clamp(Math.Round(255 * mean), 0, 255))];
        return bound;
    }

    /// <inheritdoc/>
    public override Image Apply(Image image, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (image.Channels > fill.Length)
            throw new FrugalException($"RandAugment works on grey and RGB images; this one has {image.Channels} channels.");
        for (int i = 0; i < parsed.Count; i++)
        {
            var operation = operations[random.NextInt(operations.Length)];
            if (!random.NextBool(parsed.Probability))
                continue;
            double argument = Severity.ArgumentOf(operation, parsed.DrawMagnitude(random), parsed.IsIncreasing, random);
            image = Augmentation.Apply(operation, image, argument, random.NextBool(0.5) ? Interpolation.Bilinear : Interpolation.Bicubic, fill);
        }
        return image;
    }
}
