using Frugal.Data.Transforms;

namespace Frugal.Data;

/// <summary>Labelled images, read by position. Reading is thread-safe: the loader's workers call it side by side.</summary>
public abstract class ImageDataset : Dataset
{
    private readonly Lazy<NormalizedCache?> normalized;

    /// <summary>A dataset whose normalised pixels are kept when they are few.</summary>
    protected ImageDataset() => normalized = new(() => NormalizedCache.For(this));

    /// <inheritdoc/>
    public abstract override ImageInfo Info { get; }

    /// <summary>Normalised examples that need no second reading, or null when there are too many to keep.</summary>
    internal NormalizedCache? Normalized => normalized.Value;

    /// <summary>Decodes an example at its stored size, 8 bits a channel.</summary>
    /// <exception cref="FrugalException">The example cannot be read; the message names its file.</exception>
    public abstract Image Read(int index);

    /// <summary>
    /// Brings an image that the transforms left at another size to <see cref="Info"/>'s: shorter side resized, centre cropped, as at test time.
    /// </summary>
    public virtual Image Fit(Image image) => image.Height == Info.Height && image.Width == Info.Width
        ? image
        : throw new FrugalException($"The image is {image.Height}x{image.Width}, the data promises {Info.Height}x{Info.Width}.");

    /// <summary>
    /// A last change to the normalised pixels <c>[channels, height, width]</c> of an example that belongs to the data, not to augmentation,
    /// and so happens at training and at test alike (the noise of <c>digits</c>). Must depend on <paramref name="index"/> alone.
    /// </summary>
    public virtual void Finish(int index, Span<float> pixels) { }

    /// <inheritdoc/>
    public override Dataset Choose(IReadOnlyList<int> indices) => new ChosenImages(this, indices);

    private sealed class ChosenImages(ImageDataset source, IReadOnlyList<int> indices) : ImageDataset
    {
        public override int Count => indices.Count;

        public override ImageInfo Info => source.Info;

        public override int Label(int index) => source.Label(indices[index]);

        public override string Name(int index) => source.Name(indices[index]);

        public override Image Read(int index) => source.Read(indices[index]);

        public override Image Fit(Image image) => source.Fit(image);

        public override void Finish(int index, Span<float> pixels) => source.Finish(indices[index], pixels);
    }
}
