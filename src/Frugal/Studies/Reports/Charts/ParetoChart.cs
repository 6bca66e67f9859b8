using Frugal.Interop.Charts;
using Frugal.Recipes;
using Frugal.Studies.Results;

namespace Frugal.Studies.Reports.Charts;

/// <summary>Accuracy against one cost: every arm a point with its spread over seeds, and a line through those that no other arm beats in these two.</summary>
internal static class ParetoChart
{
    private const double Width = 760, Height = 400, LabelGap = 13;

    /// <summary>The chart, or null when fewer than two arms have both numbers.</summary>
    /// <param name="arms">All arms; their order gives the colours.</param>
    /// <param name="leftOut">Names of arms so far below the others that they would flatten the chart.</param>
    /// <param name="metric">The cost.</param>
    /// <param name="title">The cost in words.</param>
    /// <param name="format">How the cost is written.</param>
    public static string? Draw(IReadOnlyList<ArmResult> arms, IReadOnlySet<string> leftOut, string metric, string title, Func<double?, string> format)
    {
        var points = arms.Select((arm, series) => new Point(arm, series, arm.Mean(metric) ?? double.NaN, arm.Mean(Metric.Accuracy) * 100 ?? double.NaN))
            .Where(point => point.Cost > 0 && !double.IsNaN(point.Accuracy) && !leftOut.Contains(point.Arm.Name))
            .ToList();
        if (points.Count < 2)
            return null;

        var plot = new Plot(Width, Height, $"Accuracy against {title}");
        var x = new Axis(points.Select(point => point.Cost), plot.NearX, plot.FarX, isLogarithmic: true, margin: 0.12);
        var y = new Axis(points.SelectMany(point => new[] { point.Accuracy - point.Spread, point.Accuracy + point.Spread }), plot.NearY, plot.FarY, margin: 0.1);
        plot.DrawX(x, title + " (logarithmic; left is better)", value => format(value));
        plot.DrawY(y, "test accuracy %", value => value.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture));
        plot.Svg.Path(Front(points).Select(point => (x.At(point.Cost), y.At(point.Accuracy))), "front");
        foreach (var point in points)
        {
            if (point.Spread > 0)
                plot.Svg.Line(x.At(point.Cost), y.At(point.Accuracy - point.Spread), x.At(point.Cost), y.At(point.Accuracy + point.Spread), "spread");
            plot.Svg.Dot(x.At(point.Cost), y.At(point.Accuracy), 6, "point", point.Series,
                $"{point.Arm.Name}: {Quantity.Percent(point.Arm.Mean(Metric.Accuracy), point.Arm.Spread(Metric.Accuracy))} %, {format(point.Cost)}");
        }
        DrawLabels(plot, points, x, y);
        return plot.Svg.ToString();
    }

    private sealed record Point(ArmResult Arm, int Series, double Cost, double Accuracy)
    {
        public double Spread => (Arm.Spread(Metric.Accuracy) ?? 0) * 100;
    }

    private static IEnumerable<Point> Front(List<Point> points)
    {
        double best = double.NegativeInfinity;
        foreach (var point in points.OrderBy(point => point.Cost).ThenByDescending(point => point.Accuracy))
        {
            if (point.Accuracy <= best)
                continue;
            best = point.Accuracy;
            yield return point;
        }
    }

    // Labels go beside their points, on the side with room, and move down until they touch none drawn before.
    private static void DrawLabels(Plot plot, List<Point> points, Axis x, Axis y)
    {
        var taken = new List<(double Left, double Right, double Y)>();
        foreach (var point in points.OrderBy(point => y.At(point.Accuracy)))
        {
            double length = point.Arm.Name.Length * 6.6, px = x.At(point.Cost);
            bool goesLeft = px + 12 + length > plot.FarX + 20;
            double left = goesLeft ? px - 12 - length : px + 12, at = y.At(point.Accuracy) + 4;
            while (taken.Exists(label => Math.Abs(label.Y - at) < LabelGap && label.Left < left + length && left < label.Right))
                at += 2;
            taken.Add((left, left + length, at));
            plot.Svg.Text(goesLeft ? px - 12 : px + 12, at, point.Arm.Name, "label", goesLeft ? "end" : "start");
        }
    }
}
