namespace Frugal.Data.Transforms;

/// <summary>Operations that replace every value by another, whatever its place.</summary>
internal static class Tone
{
    /// <summary>255 - v.</summary>
    public static Image Invert(Image image) => Map(image, value => 255 - value);

    /// <summary>Keeps the highest bits, 0 to 8.</summary>
    public static Image Posterize(Image image, int bits) => Map(image, value => value & ~((1 << (8 - bits)) - 1));

    /// <summary>Inverts values of at least a threshold, 0 to 256.</summary>
    public static Image Solarize(Image image, int threshold) => Map(image, value => value < threshold ? value : 255 - value);

    /// <summary>Adds to values below 128, up to 255.</summary>
    public static Image SolarizeAdd(Image image, int added) => Map(image, value => value < 128 ? Math.Min(255, value + added) : value);

    /// <summary>Stretches each channel so that its values span 0 to 255.</summary>
    public static Image AutoContrast(Image image) => MapChannels(image, histogram =>
    {
        int low = Array.FindIndex(histogram, count => count > 0), high = Array.FindLastIndex(histogram, count => count > 0);
        if (high <= low)
            return null;
        double scale = 255.0 / (high - low), offset = -low * scale;
        return value => (int)Math.Clamp(value * scale + offset, 0, 255);
    });

    /// <summary>Spreads the values of each channel so that all are about equally frequent.</summary>
    public static Image Equalize(Image image) => MapChannels(image, histogram =>
    {
        int last = Array.FindLastIndex(histogram, count => count > 0);
        int step = (histogram.Sum() - histogram[last]) / 255;
        if (step == 0 || histogram.Count(count => count > 0) <= 1)
            return null;
        var table = new int[256];
        for (int value = 0, sum = step / 2; value < 256; sum += histogram[value++])
            table[value] = Math.Min(255, sum / step);
        return value => table[value];
    });

    private static Image Map(Image image, Func<int, int> to)
    {
        var table = Table(to);
        var source = image.Pixels.Span;
        var target = new byte[source.Length];
        for (int i = 0; i < target.Length; i++)
            target[i] = table[source[i]];
        return image with { Pixels = target };
    }

    // The function of a channel follows from its histogram; null leaves the channel as it is.
    private static Image MapChannels(Image image, Func<int[], Func<int, int>?> functionOf)
    {
        byte[] target = image.Pixels.ToArray();
        for (int channel = 0; channel < image.Channels; channel++)
        {
            var histogram = new int[256];
            for (int i = channel; i < target.Length; i += image.Channels)
                histogram[target[i]]++;
            if (functionOf(histogram) is not { } function)
                continue;
            var table = Table(function);
            for (int i = channel; i < target.Length; i += image.Channels)
                target[i] = table[target[i]];
        }
        return image with { Pixels = target };
    }

    private static byte[] Table(Func<int, int> to)
    {
        var table = new byte[256];
        for (int value = 0; value < 256; value++)
            table[value] = (byte)to(value);
        return table;
    }
}
