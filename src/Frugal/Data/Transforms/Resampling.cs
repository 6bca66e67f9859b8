namespace Frugal.Data.Transforms;

/// <summary>
/// Changes the size of images as Pillow's <c>resize</c> does: a filter that widens with the reduction, so that shrinking does not alias, first along rows, then along columns, 8 bits
/// in between.
/// </summary>
internal static class Resampling
{
    /// <summary>Brings an image to a size.</summary>
    public static Image Resize(Image image, int height, int width, Interpolation interpolation)
    {
        if (image.Height == height && image.Width == width)
            return image;
        var rows = width == image.Width ? image : Transposed(Stretch(Transposed(image), width, interpolation));
        return height == rows.Height ? rows : Stretch(rows, height, interpolation);
    }

    /// <summary>Brings the shorter side of an image to a length and keeps the proportions.</summary>
    public static Image ResizeShorter(Image image, int side, Interpolation interpolation)
    {
        int shorter = Math.Min(image.Height, image.Width);
        int Scaled(int length) => length == shorter ? side : (int)((long)side * length / shorter);
        return Resize(image, Scaled(image.Height), Scaled(image.Width), interpolation);
    }

    // Changes the number of rows: each new row is a weighted sum of old ones.
    private static Image Stretch(Image image, int height, Interpolation interpolation)
    {
        int rowLength = image.Width * image.Channels;
        var source = image.Pixels.Span;
        var target = new byte[height * rowLength];
        double scale = (double)image.Height / height;
        double spread = interpolation == Interpolation.Nearest ? 1 : Math.Max(1, scale);
        double support = spread * interpolation switch { Interpolation.Nearest => 0, Interpolation.Bilinear => 1, _ => 2 };
        var sum = new double[rowLength];
        for (int row = 0; row < height; row++)
        {
            double centre = (row + 0.5) * scale;
            int first = support == 0 ? Math.Min((int)centre, image.Height - 1) : Math.Max(0, (int)(centre - support + 0.5));
            int end = support == 0 ? first + 1 : Math.Min(image.Height, (int)(centre + support + 0.5));
            double total = 0;
            Array.Clear(sum);
            for (int from = first; from < end; from++)
            {
                double weight = Weight((from + 0.5 - centre) / spread, interpolation);
                total += weight;
                var pixels = source.Slice(from * rowLength, rowLength);
                for (int i = 0; i < rowLength; i++)
                    sum[i] += weight * pixels[i];
            }
            for (int i = 0; i < rowLength; i++)
                target[row * rowLength + i] = (byte)Math.Clamp(sum[i] / total + 0.5, 0, 255);
        }
        return new Image(target, height, image.Width, image.Channels);
    }

    private static Image Transposed(Image image)
    {
        var source = image.Pixels.Span;
        var target = new byte[source.Length];
        for (int row = 0, from = 0; row < image.Height; row++)
        {
            for (int column = 0; column < image.Width; column++)
            {
                for (int channel = 0; channel < image.Channels; channel++, from++)
                    target[(column * image.Height + row) * image.Channels + channel] = source[from];
            }
        }
        return new Image(target, image.Width, image.Height, image.Channels);
    }

    private static double Weight(double distance, Interpolation interpolation)
    {
        double x = Math.Abs(distance);
        return interpolation switch
        {
            Interpolation.Nearest => 1,
            Interpolation.Bilinear => Math.Max(0, 1 - x),
            // Keys' cubic with a = -1/2.
            _ => x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0,
        };
    }
}
