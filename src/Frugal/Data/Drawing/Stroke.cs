namespace Frugal.Data.Drawing;

/// <summary>A movement of the pen: a smooth curve (Catmull-Rom spline) through its points. Two points make a straight line.</summary>
/// <param name="Points">Points the curve goes through.</param>
/// <param name="IsClosed">Whether the last point joins the first.</param>
internal readonly record struct Stroke(Point[] Points, bool IsClosed = false)
{
    /// <summary>Number of pieces between neighbouring points.</summary>
    private int Pieces => IsClosed ? Points.Length : Points.Length - 1;

    /// <summary>The curve as a polygonal line with <paramref name="steps"/> lines between neighbouring points.</summary>
    public Point[] Flatten(int steps)
    {
        if (Points.Length == 2)
            return Points;
        var line = new Point[Pieces * steps + 1];
        for (int piece = 0; piece < Pieces; piece++)
        {
            Point before = At(piece - 1), from = At(piece), to = At(piece + 1), after = At(piece + 2);
            for (int step = 0; step < steps; step++)
                line[piece * steps + step] = Curve(before, from, to, after, (double)step / steps);
        }
        line[^1] = At(Pieces);
        return line;
    }

    // Past an open end the curve is mirrored, so that it leaves the end straight on.
    private Point At(int index)
    {
        if (IsClosed)
            return Points[(index + Points.Length) % Points.Length];
        if (index < 0)
            return 2 * Points[0] - Points[1];
        return index < Points.Length ? Points[index] : 2 * Points[^1] - Points[^2];
    }

    private static Point Curve(Point before, Point from, Point to, Point after, double t)
    {
        var linear = to - before;
        var square = 2 * before - 5 * from + 4 * to - after;
        var cube = 3 * (from - to) + after - before;
        return from + 0.5 * t * (linear + t * (square + t * cube));
    }
}
