using Frugal.Catalogue;

namespace Frugal.Data.Transforms;

/// <summary>Changes brightness, contrast and saturation by random factors, in random order (as in torchvision).</summary>
[Entry("color-jitter")]
public sealed class ColorJitter : ImageTransform
{
    private readonly double brightness = 0.4;
    private readonly double contrast = 0.4;
    private readonly double saturation = 0.4;

    /// <summary>Brightness factors go from 1 less this, but not below 0, to 1 plus this; 0 to 10. Default 0.4.</summary>
    [Range(0, 10)]
    public double Brightness { get => brightness; init => brightness = Guard.Between(value, 0, 10); }

    /// <summary>The same for contrast.</summary>
    [Range(0, 10)]
    public double Contrast { get => contrast; init => contrast = Guard.Between(value, 0, 10); }

    /// <summary>The same for saturation.</summary>
    [Range(0, 10)]
    public double Saturation { get => saturation; init => saturation = Guard.Between(value, 0, 10); }

    /// <inheritdoc/>
    public override Image Apply(Image image, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach (int which in random.NextPermutation(3))
        {
            image = which switch
            {
                0 => Enhancement.Brightness(image, Factor(Brightness)),
                1 => Enhancement.Contrast(image, Factor(Contrast)),
                _ => Enhancement.Color(image, Factor(Saturation)),
            };
        }
        return image;

        double Factor(double strength) => random.NextDouble(Math.Max(0, 1 - strength), 1 + strength);
    }
}
