namespace Frugal.Data.Drawing;

/// <summary>Turns, slants, stretches and moves a drawing: x' = a x + b y + dx, y' = c x + d y + dy.</summary>
internal readonly record struct AffineMap(double A, double B, double C, double D, Point Shift)
{
    /// <summary>Stretches by <paramref name="scaleX"/> and <paramref name="scaleY"/>, slants x by y, turns, then moves.</summary>
    /// <param name="scaleX">Factor of the width.</param>
    /// <param name="scaleY">Factor of the height.</param>
    /// <param name="shear">How far x moves for one unit of y.</param>
    /// <param name="radians">Angle of the turn, -pi to pi.</param>
    /// <param name="shift">Where the origin goes.</param>
    public static AffineMap From(double scaleX, double scaleY, double shear, double radians, Point shift)
    {
        var (sin, cos) = SinCos(radians);
        return new AffineMap(cos * scaleX, (cos * shear - sin) * scaleY, sin * scaleX, (sin * shear + cos) * scaleY, shift);
    }

    public Point Apply(Point p) => new(A * p.X + B * p.Y + Shift.X, C * p.X + D * p.Y + Shift.Y);

    /// <summary>
    /// Sine and cosine for angles from -pi to pi by their power series: the platform's own differ in the last bit from machine to machine, and a
    /// drawing must not.
    /// </summary>
    internal static (double Sin, double Cos) SinCos(double x)
    {
        double square = x * x, sin = 1, cos = 1;
        for (int k = 26; k >= 2; k -= 2)
        {
            cos = 1 - square / (k * (k - 1)) * cos;
            sin = 1 - square / (k * (k + 1)) * sin;
        }
        return (x * sin, cos);
    }
}
