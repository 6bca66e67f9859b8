using Frugal.Data.Transforms;

namespace Frugal.Data;

/// <summary>Labelled examples, read by position. Reading is thread-safe: the loader's workers call it side by side.</summary>
public abstract class Dataset
{
    /// <summary>Number of examples.</summary>
    public abstract int Count { get; }

    /// <summary>What a model must know of the data.</summary>
    public abstract DataInfo Info { get; }

    /// <summary>Label of an example.</summary>
    public abstract int Label(int index);

    /// <summary>Decodes an example at its stored size, 8 bits a channel.</summary>
    /// <exception cref="FrugalException">The example cannot be read; the message names its file.</exception>
    public abstract Image Read(int index);

    /// <summary>
    /// A last change to the normalised pixels <c>[channels, height, width]</c> of an example that belongs to the data, not to augmentation,
    /// and so happens at training and at test alike (the noise of <c>digits</c>). Must depend on <paramref name="index"/> alone.
    /// </summary>
    public virtual void Finish(int index, Span<float> pixels) { }
}
