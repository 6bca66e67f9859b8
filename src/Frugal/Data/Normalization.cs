namespace Frugal.Data;

/// <summary>
/// Turns 8-bit pixels into what a network reads: <c>(value / 255 - mean) / std</c> a channel, channels first. One table of 256 results a channel
/// replaces the arithmetic.
/// </summary>
public sealed class Normalization
{
    private readonly float[] tables;
    private readonly int channels;

    /// <param name="info">The data whose mean and standard deviation to use.</param>
    public Normalization(ImageInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        channels = info.Channels;
        tables = new float[channels * 256];
        for (int i = 0; i < tables.Length; i++)
            tables[i] = (float)((i % 256 / 255.0 - info.Mean[i / 256]) / info.Std[i / 256]);
    }

    /// <summary>Writes the normalised image as <c>[channels, height, width]</c>.</summary>
    /// <param name="image">Image with as many channels as the data.</param>
    /// <param name="pixels">Where to write; exactly <c>channels * height * width</c> numbers.</param>
    /// <exception cref="FrugalException">The image has another number of channels, or does not fill <paramref name="pixels"/>.</exception>
    public void Apply(Image image, Span<float> pixels)
    {
        int plane = image.Height * image.Width;
        if (image.Channels != channels || pixels.Length != plane * channels || image.Pixels.Length != pixels.Length)
            throw new FrugalException(
                $"An image of {image.Height}x{image.Width} with {image.Channels} channels ({image.Pixels.Length} bytes) cannot become {pixels.Length} numbers " +
                $"in {channels} channels.");
        var source = image.Pixels.Span;
        for (int channel = 0; channel < channels; channel++)
        {
            var table = tables.AsSpan(channel * 256, 256);
            var target = pixels.Slice(channel * plane, plane);
            for (int i = 0, from = channel; i < target.Length; i++, from += channels)
                target[i] = table[source[from]];
        }
    }
}
