namespace Frugal.Data.Drawing;

/// <summary>Draws one digit after another with the variation that the options of <see cref="Digits"/> ask for. Not thread-safe; each thread has its own.</summary>
internal sealed class DigitPainter(Digits options)
{
    private const int LinesPerPiece = 5;
    private const double ClutterWidth = 0.7;
    private readonly Canvas canvas = new(Digits.Side);

    /// <summary>Draws a digit.</summary>
    /// <param name="digit">0 to 9.</param>
    /// <param name="random">The stream of this image.</param>
    /// <param name="pixels">The image, <c>[side, side]</c>.</param>
    public void Paint(int digit, RandomStream random, Span<byte> pixels)
    {
        canvas.Clear();
        var strokes = DigitShapes.Draw(digit, random);
        var map = DrawMap(random);
        var field = new ElasticField(Digits.Side, options.Elastic, random);
        double radius = options.StrokeWidth / 2 * (1 + options.StrokeVariation * random.NextDouble(-1, 1));
        double ink = 1 - options.Fading * random.NextDouble();
        foreach (var stroke in strokes)
        {
            var line = Wobble(stroke, random).Flatten(LinesPerPiece);
            canvas.Draw(Array.ConvertAll(line, point => field.Apply(map.Apply(point))), radius, ink);
        }
        for (int i = random.NextInt(options.Clutter + 1); i > 0; i--)
            canvas.Draw(DrawClutter(random), radius * ClutterWidth, ink);
        canvas.CopyTo(pixels);
    }

    private AffineMap DrawMap(RandomStream random)
    {
        double size = options.Size * (1 + options.Scaling * random.NextDouble(-1, 1));
        double aspect = 1 + options.Scaling * random.NextDouble(-1, 1);
        double shear = options.Shear * random.NextDouble(-1, 1);
        double radians = options.Rotation * random.NextDouble(-1, 1) * (3.141592653589793 / 180);
        var centre = new Point(
            Digits.Side / 2.0 + options.Shift * random.NextDouble(-1, 1), Digits.Side / 2.0 + options.Shift * random.NextDouble(-1, 1));
        return AffineMap.From(size * aspect, size, shear, radians, centre);
    }

    private Stroke Wobble(Stroke stroke, RandomStream random) => stroke with
    {
        Points = Array.ConvertAll(
            stroke.Points, point => point + new Point(options.Wobble * random.NextNormal(), options.Wobble * random.NextNormal())),
    };

    // A short straight scratch anywhere on the canvas.
    private static Point[] DrawClutter(RandomStream random)
    {
        var from = new Point(random.NextDouble(0, Digits.Side), random.NextDouble(0, Digits.Side));
        var to = from + new Point(random.NextDouble(-6, 6), random.NextDouble(-6, 6));
        return [from, to];
    }
}
