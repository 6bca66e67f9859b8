using Frugal.Catalogue;

namespace Frugal.Data.Transforms;

/// <summary>An augmentation of one 8-bit image, before normalisation.</summary>
[CatalogueKind("transform", "transforms")]
public abstract class ImageTransform
{
    /// <summary>
    /// The transform as it is for some data: options that were left to the data (a size, a fill colour) get their values. Called once an epoch, before
    /// <see cref="Apply"/>.
    /// </summary>
    public virtual ImageTransform For(ImageInfo info) => this;

    /// <summary>The changed image; the input is left as it is.</summary>
    /// <param name="image">Image to change.</param>
    /// <param name="random">The stream of this example in this epoch.</param>
    public abstract Image Apply(Image image, RandomStream random);
}
