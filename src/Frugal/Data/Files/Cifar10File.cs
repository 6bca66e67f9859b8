namespace Frugal.Data.Files;

/// <summary>
/// One file of the official binary version of CIFAR-10: records of one label byte and 3,072 bytes of pixels, the 1,024 reds, greens and blues of a 32x32 image
/// one after the other (cs.toronto.edu/~kriz/cifar.html).
/// </summary>
internal static class Cifar10File
{
    public const int Side = 32;
    public const int Channels = 3;
    public const int Classes = 10;
    private const int Plane = Side * Side;
    private const int Record = 1 + Channels * Plane;

    /// <summary>Reads a file into labels and images, the images with channels interleaved.</summary>
    /// <exception cref="FrugalException">The file cannot be read, is no whole number of records, has none, or a label is above 9.</exception>
    public static (byte[] Pixels, byte[] Labels) Read(string path) => Parse(WholeFile.Read(path), path);

    /// <summary>Parses the content of a file; <paramref name="path"/> is for messages.</summary>
    internal static (byte[] Pixels, byte[] Labels) Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length == 0 || bytes.Length % Record != 0)
            throw new FrugalException(
                $"{path} has {bytes.Length:N0} bytes, which is not a whole number of records of {Record:N0} bytes; it is cut short or no file of CIFAR-10's binary version.");
        int count = bytes.Length / Record;
        var pixels = new byte[count * Channels * Plane];
        var labels = new byte[count];
        for (int i = 0; i < count; i++)
        {
            var record = bytes.Slice(i * Record, Record);
            labels[i] = record[0] < Classes
                ? record[0]
                : throw new FrugalException($"{path} gives record {i} the label {record[0]}; labels go from 0 to {Classes - 1}.");
            Interleave(record[1..], pixels.AsSpan(i * Channels * Plane));
        }
        return (pixels, labels);
    }

    private static void Interleave(ReadOnlySpan<byte> planes, Span<byte> pixels)
    {
        for (int i = 0, to = 0; i < Plane; i++, to += Channels)
        {
            pixels[to] = planes[i];
            pixels[to + 1] = planes[Plane + i];
            pixels[to + 2] = planes[2 * Plane + i];
        }
    }
}
