using SkiaSharp;

namespace Frugal.Data.Files;

/// <summary>Decodes JPEG, PNG, WebP, GIF (first frame) and BMP files into 8-bit RGB. Transparency is dropped, colour profiles and orientation tags are not applied.</summary>
internal static class ImageDecoder
{
    /// <summary>Largest image that is decoded, by what its header says: a file of a kilobyte can promise four thousand million pixels.</summary>
    public const long MaxPixels = 1L << 26;

    /// <summary>Extensions of the files that are taken for images.</summary>
    public static readonly IReadOnlySet<string> Extensions =
        new HashSet<string>([".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"], StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<SKEncodedImageFormat, byte[]> EndMarks = new()
    {
        [SKEncodedImageFormat.Jpeg] = [0xff, 0xd9],
        [SKEncodedImageFormat.Png] = [(byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xae, 0x42, 0x60, 0x82],
    };

    /// <summary>Decodes a file.</summary>
    /// <exception cref="FrugalException">It cannot be read, is no image, is too large, or is damaged; the message names it.</exception>
    public static Image Decode(string path) => Decode(WholeFile.Read(path), path);

    /// <summary>Decodes the content of a file; <paramref name="path"/> is for messages.</summary>
    public static Image Decode(byte[] content, string path)
    {
        using var codec = Open(new MemoryStream(content, writable: false), path);
        var target = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(target))
            throw new FrugalException($"{path} has {target.Width}x{target.Height} pixels, for which there is not enough memory.");
        var result = codec.GetPixels(target, bitmap.GetPixels());
        return result == SKCodecResult.Success ? WithoutAlpha(bitmap) : throw Damaged(path, result);
    }

    /// <summary>Checks the header of a file, and that it has an end, mostly without decoding it: damage in the middle shows only when it is decoded.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="path">Its path.</param>
    /// <exception cref="FrugalException">It is no image, is too large, or was cut short; the message names it.</exception>
    public static void Check(Stream file, string path)
    {
        file.Position = 0;
        SKEncodedImageFormat format;
        using (var codec = Open(file, path))
            format = codec.EncodedFormat;
        // Files with something after their end, and formats without a mark there, are decoded to be sure.
        if (EndMarks.TryGetValue(format, out byte[]? mark) && EndsWith(file, mark))
            return;
        Decode(path);
    }

    private static SKCodec Open(Stream stream, string path)
    {
        var codec = SKCodec.Create(new SKManagedStream(stream, disposeManagedStream: false), out var result);
        if (codec is null)
            throw result == SKCodecResult.IncompleteInput
                ? Damaged(path, result)
                : new FrugalException($"{path} is not an image that can be decoded (JPEG, PNG, WebP, GIF and BMP can).");
        var info = codec.Info;
        if (info.Width < 1 || info.Height < 1 || (long)info.Width * info.Height > MaxPixels)
        {
            codec.Dispose();
            throw new FrugalException($"{path} claims {info.Width:N0}x{info.Height:N0} pixels; images of more than {MaxPixels:N0} pixels are not decoded. Make it smaller first.");
        }
        return codec;
    }

    private static bool EndsWith(Stream file, byte[] mark)
    {
        if (file.Length < mark.Length)
            return false;
        file.Seek(-mark.Length, SeekOrigin.End);
        Span<byte> end = stackalloc byte[mark.Length];
        file.ReadExactly(end);
        return end.SequenceEqual(mark);
    }

    private static FrugalException Damaged(string path, SKCodecResult result) => new(
        result == SKCodecResult.IncompleteInput ? $"{path} was cut short: the file ends before the image does." : $"{path} is damaged: decoding stopped with {result}.");

    private static Image WithoutAlpha(SKBitmap bitmap)
    {
        var source = bitmap.GetPixelSpan();
        var pixels = new byte[source.Length / 4 * 3];
        for (int from = 0, to = 0; from < source.Length; from += 4, to += 3)
        {
            pixels[to] = source[from];
            pixels[to + 1] = source[from + 1];
            pixels[to + 2] = source[from + 2];
        }
        return new Image(pixels, bitmap.Height, bitmap.Width, 3);
    }
}
