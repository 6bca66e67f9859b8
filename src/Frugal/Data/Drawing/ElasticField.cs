namespace Frugal.Data.Drawing;

/// <summary>
/// A smooth random displacement of the canvas (elastic distortion, after Simard, Steinkraus and Platt 2003): independent normal vectors on a coarse lattice,
/// blended by uniform cubic B-splines in between.
/// </summary>
internal sealed class ElasticField
{
    private const int Cells = 3;
    private const int Knots = Cells + 3;
    private readonly Point[] knots = new Point[Knots * Knots];
    private readonly double side;

    /// <param name="side">Side of the square canvas.</param>
    /// <param name="strength">Standard deviation of a lattice vector's coordinates, in units of the canvas.</param>
    /// <param name="random">Where the vectors come from.</param>
    public ElasticField(double side, double strength, RandomStream random)
    {
        this.side = side;
        for (int i = 0; i < knots.Length; i++)
            knots[i] = new Point(strength * random.NextNormal(), strength * random.NextNormal());
    }

    /// <summary>Where a point goes. Outside the canvas the border's displacement holds.</summary>
    public Point Apply(Point p)
    {
        Span<double> weightsX = stackalloc double[4], weightsY = stackalloc double[4];
        int column = Weights(p.X, weightsX), row = Weights(p.Y, weightsY);
        var moved = p;
        for (int y = 0; y < 4; y++)
        {
            for (int x = 0; x < 4; x++)
                moved += weightsX[x] * weightsY[y] * knots[(row + y) * Knots + column + x];
        }
        return moved;
    }

    private int Weights(double coordinate, Span<double> weights)
    {
        double place = Math.Clamp(coordinate / side * Cells, 0, Cells);
        int cell = Math.Min((int)place, Cells - 1);
        double t = place - cell, s = 1 - t;
        weights[0] = s * s * s / 6;
        weights[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
        weights[2] = (3 * s * s * s - 6 * s * s + 4) / 6;
        weights[3] = t * t * t / 6;
        return cell;
    }
}
