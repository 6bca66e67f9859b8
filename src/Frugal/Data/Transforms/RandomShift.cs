using Frugal.Catalogue;

namespace Frugal.Data.Transforms;

/// <summary>Moves an image by a random number of whole pixels in both directions; what comes into view is black.</summary>
[Entry("random-shift")]
public sealed class RandomShift : ImageTransform
{
    private readonly double share = 0.125;

    /// <summary>Largest shift in each direction as a share of the side, 0 to 1. Default 1/8.</summary>
    [Shorthand]
    [Range(0, 1)]
    public double Share { get => share; init => share = Guard.Between(value, 0, 1); }

    /// <inheritdoc/>
    public override Image Apply(Image image, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Cropping.Crop(image, Offset(image.Height), Offset(image.Width), image.Height, image.Width);

        int Offset(int side)
        {
            int most = (int)(Share * side);
            return random.NextInt(2 * most + 1) - most;
        }
    }
}
