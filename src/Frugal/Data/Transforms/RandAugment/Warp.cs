namespace Frugal.Data.Transforms;

/// <summary>
/// Affine maps of the plane as Pillow computes them: the output pixel (x, y) takes its value from the input point <c>u = a(x+½) + b(y+½) + c</c>,
/// <c>v = d(x+½) + e(y+½) + f</c>; points outside the image get the fill colour.
/// </summary>
/// <param name="A">Share of x in u.</param>
/// <param name="B">Share of y in u.</param>
/// <param name="C">Offset of u.</param>
/// <param name="D">Share of x in v.</param>
/// <param name="E">Share of y in v.</param>
/// <param name="F">Offset of v.</param>
internal readonly record struct Warp(double A, double B, double C, double D, double E, double F)
{
    /// <summary>Slants rows: u = x + s y.</summary>
    public static Warp ShearX(double s) => new(1, s, 0, 0, 1, 0);

    /// <summary>Slants columns: v = s x + y.</summary>
    public static Warp ShearY(double s) => new(1, 0, 0, s, 1, 0);

    /// <summary>Moves by pixels.</summary>
    public static Warp Translate(double x, double y) => new(1, 0, x, 0, 1, y);

    /// <summary>Turns an image of a size around its centre, counter-clockwise.</summary>
    public static Warp Rotate(double degrees, int height, int width)
    {
        double t = -degrees * Math.PI / 180;
        // Pillow rounds to 15 decimals, so that right angles are exact.
        double cos = Math.Round(Math.Cos(t), 15), sin = Math.Round(Math.Sin(t), 15);
        double x = width / 2.0, y = height / 2.0;
        return new(cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y);
    }

    /// <summary>The warped image.</summary>
    /// <param name="image">Image to warp.</param>
    /// <param name="interpolation">How values between pixels are computed; results are truncated.</param>
    /// <param name="fill">Colour of what lies outside, a value for each channel.</param>
    public Image Apply(Image image, Interpolation interpolation, ReadOnlySpan<byte> fill)
    {
        int channels = image.Channels;
        var source = image.Pixels.Span;
        var target = new byte[source.Length];
        for (int y = 0, to = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++, to += channels)
            {
                double u = A * (x + 0.5) + B * (y + 0.5) + C, v = D * (x + 0.5) + E * (y + 0.5) + F;
                var pixel = target.AsSpan(to, channels);
                if (!(u >= 0 && u < image.Width && v >= 0 && v < image.Height))
                    fill[..channels].CopyTo(pixel);
                else if (interpolation == Interpolation.Nearest)
                    source.Slice(((int)v * image.Width + (int)u) * channels, channels).CopyTo(pixel);
                else
                    Interpolate(source, image, u - 0.5, v - 0.5, interpolation, pixel);
            }
        }
        return image with { Pixels = target };
    }

    private static void Interpolate(ReadOnlySpan<byte> source, Image image, double u, double v, Interpolation interpolation, Span<byte> pixel)
    {
        int column = (int)Math.Floor(u), row = (int)Math.Floor(v);
        double dx = u - column, dy = v - row;
        for (int channel = 0; channel < pixel.Length; channel++)
        {
            var near = new Neighbours(source, image, row, column, channel);
            double value = interpolation == Interpolation.Bilinear
                ? Mix(Mix(near[0, 0], near[0, 1], dx), Mix(near[1, 0], near[1, 1], dx), dy)
                : Cubic(near.CubicRow(-1, dx), near.CubicRow(0, dx), near.CubicRow(1, dx), near.CubicRow(2, dx), dy);
            pixel[channel] = (byte)Math.Clamp(value, 0, 255);
        }
    }

    private static double Mix(double from, double to, double share) => from + (to - from) * share;

    private static double Cubic(double p1, double p2, double p3, double p4, double d) =>
        p2 + d * (p3 - p1 + d * (2 * (p1 - p2) + p3 - p4 + d * (-p1 + p2 - p3 + p4)));

    // Values around a place; past the border those of the border.
    private readonly ref struct Neighbours(ReadOnlySpan<byte> source, Image image, int row, int column, int channel)
    {
        private readonly ReadOnlySpan<byte> source = source;

        public double this[int down, int right]
        {
            get
            {
                int y = Math.Clamp(row + down, 0, image.Height - 1), x = Math.Clamp(column + right, 0, image.Width - 1);
                return source[(y * image.Width + x) * image.Channels + channel];
            }
        }

        public double CubicRow(int down, double share) => Cubic(this[down, -1], this[down, 0], this[down, 1], this[down, 2], share);
    }
}
