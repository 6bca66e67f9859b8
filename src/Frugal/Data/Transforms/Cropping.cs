namespace Frugal.Data.Transforms;

/// <summary>Cuts rectangles out of images.</summary>
internal static class Cropping
{
    /// <summary>The rectangle with this corner and size. What lies outside the image is <paramref name="fill"/>.</summary>
    public static Image Crop(Image image, int top, int left, int height, int width, byte fill = 0)
    {
        if (top == 0 && left == 0 && height == image.Height && width == image.Width)
            return image;
        int channels = image.Channels;
        var source = image.Pixels.Span;
        var target = new byte[height * width * channels];
        if (fill != 0)
            Array.Fill(target, fill);
        int firstColumn = Math.Max(0, -left), endColumn = Math.Min(width, image.Width - left);
        int firstRow = Math.Max(0, -top), endRow = Math.Min(height, image.Height - top);
        if (endColumn <= firstColumn)
            return new Image(target, height, width, channels);
        for (int row = firstRow; row < endRow; row++)
        {
            source.Slice(((row + top) * image.Width + left + firstColumn) * channels, (endColumn - firstColumn) * channels)
                .CopyTo(target.AsSpan((row * width + firstColumn) * channels));
        }
        return new Image(target, height, width, channels);
    }

    /// <summary>The rectangle of this size in the middle.</summary>
    public static Image Centre(Image image, int height, int width, byte fill = 0) =>
        Crop(image, HalfRounded(image.Height - height), HalfRounded(image.Width - width), height, width, fill);

    // Half of an odd difference rounds to even, as Python's round does in torchvision.
    private static int HalfRounded(int difference) => (int)Math.Round(difference / 2.0, MidpointRounding.ToEven);
}
