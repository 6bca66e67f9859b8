namespace Frugal.Data.Drawing;

/// <summary>A place on the canvas; x to the right, y downwards.</summary>
internal readonly record struct Point(double X, double Y)
{
    public static Point operator +(Point a, Point b) => new(a.X + b.X, a.Y + b.Y);

    public static Point operator -(Point a, Point b) => new(a.X - b.X, a.Y - b.Y);

    public static Point operator *(double scale, Point a) => new(scale * a.X, scale * a.Y);
}
