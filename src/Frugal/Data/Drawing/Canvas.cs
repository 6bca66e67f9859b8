namespace Frugal.Data.Drawing;

/// <summary>A grey square on which a round pen draws with smooth edges. Only exactly rounded arithmetic, so that a drawing is the same on every machine.</summary>
internal sealed class Canvas(int side)
{
    private readonly double[] ink = new double[side * side];

    /// <summary>Removes all ink.</summary>
    public void Clear() => Array.Clear(ink);

    /// <summary>Draws a polygonal line.</summary>
    /// <param name="line">Corners, in pixels; pixel (0, 0) covers [0, 1) in both directions.</param>
    /// <param name="radius">Half the width of the pen, in pixels.</param>
    /// <param name="strength">Ink where the pen covers a pixel wholly, 0 to 1; where strokes cross the stronger one counts.</param>
    public void Draw(ReadOnlySpan<Point> line, double radius, double strength)
    {
        for (int i = 1; i < line.Length; i++)
            Draw(line[i - 1], line[i], radius, strength);
    }

    /// <summary>Writes the drawing with 8 bits a pixel, row by row.</summary>
    public void CopyTo(Span<byte> pixels)
    {
        for (int i = 0; i < ink.Length; i++)
            pixels[i] = (byte)(ink[i] * 255 + 0.5);
    }

    private void Draw(Point from, Point to, double radius, double strength)
    {
        double reach = radius + 0.5;
        var along = to - from;
        double length = along.X * along.X + along.Y * along.Y;
        double scale = length > 0 ? 1 / length : 0;
        int top = First(Math.Min(from.Y, to.Y) - reach), bottom = Last(Math.Max(from.Y, to.Y) + reach);
        int left = First(Math.Min(from.X, to.X) - reach), right = Last(Math.Max(from.X, to.X) + reach);
        for (int row = top; row <= bottom; row++)
        {
            double y = row + 0.5 - from.Y;
            for (int column = left; column <= right; column++)
            {
                double x = column + 0.5 - from.X;
                double t = Math.Min(1, Math.Max(0, (x * along.X + y * along.Y) * scale));
                double dx = x - t * along.X, dy = y - t * along.Y, square = dx * dx + dy * dy;
                if (square >= reach * reach)
                    continue;
                ref double pixel = ref ink[row * side + column];
                pixel = Math.Max(pixel, Math.Min(1, reach - Math.Sqrt(square)) * strength);
            }
        }
    }

    private int First(double coordinate) => (int)Math.Clamp(coordinate, 0, side);

    private int Last(double coordinate) => (int)Math.Clamp(coordinate, -1, side - 1);
}
