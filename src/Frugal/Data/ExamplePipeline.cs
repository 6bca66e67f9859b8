using Frugal.Data.Transforms;

namespace Frugal.Data;

/// <summary>
/// The way of one example from the dataset to the network: read, transforms, fit, normalise, finish, erase. Every example draws from the stream
/// of its own position and epoch, so that the result does not depend on which thread asks, or when.
/// </summary>
internal sealed class ExamplePipeline
{
    private readonly ImageDataset data;
    private readonly RandomStreams random;
    private readonly IReadOnlyList<ImageTransform> transforms;
    private readonly RandomErasing? erasing;
    private readonly Normalization normalization;
    private readonly ImageInfo info;

    public ExamplePipeline(ImageDataset data, RandomStreams random, IReadOnlyList<ImageTransform> transforms, RandomErasing? erasing)
    {
        this.data = data;
        this.random = random;
        this.transforms = [.. transforms.Select(transform => transform.For(data.Info))];
        this.erasing = erasing;
        info = data.Info;
        normalization = new Normalization(info);
        IsFixed = transforms.Count == 0 && erasing is null;
    }

    /// <summary>Numbers an example has.</summary>
    public int Length => info.Channels * info.Height * info.Width;

    /// <summary>True when an example is the same in every epoch.</summary>
    public bool IsFixed { get; }

    /// <summary>Writes an example as <c>[channels, height, width]</c>.</summary>
    /// <exception cref="FrugalException">The example cannot be read or a transform fails; the message names the example.</exception>
    public void Write(int index, long epoch, Span<float> pixels)
    {
        var cache = IsFixed ? data.Normalized : null;
        if (cache?.TryCopy(index, pixels) == true)
            return;
        try
        {
            Produce(index, epoch, pixels);
        }
        catch (Exception error)
        {
            throw new FrugalException($"{data.Name(index)} cannot be prepared: {error.Message}", error);
        }
        cache?.Store(index, pixels);
    }

    private void Produce(int index, long epoch, Span<float> pixels)
    {
        var stream = IsFixed ? null : random.At("augment", epoch, index);
        var image = data.Read(index);
        foreach (var transform in transforms)
            image = transform.Apply(image, stream!);
        normalization.Apply(data.Fit(image), pixels);
        data.Finish(index, pixels);
        erasing?.Apply(pixels, info.Channels, info.Height, info.Width, stream!);
    }
}
