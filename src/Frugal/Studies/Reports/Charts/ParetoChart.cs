using Frugal.Interop.Charts;
using Frugal.Recipes;
using Frugal.Studies.Results;

namespace Frugal.Studies.Reports.Charts;

/// <summary>Accuracy against one cost: every arm a point with its spread over seeds, and a line through those that no other arm beats in these two.</summary>
internal static class ParetoChart
{
    private const double Width = 760, Height = 400, LabelGap = 13, LabelDistance = 12, LetterWidth = 6.6, TextDrop = 4, DotRadius = 6;

    /// <summary>With more points names that are not on the front may be left out.</summary>
    private const int MostAlwaysNamed = 15;

    /// <summary>The chart and its caption, or null when fewer than two arms have both numbers.</summary>
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
            plot.Svg.Dot(x.At(point.Cost), y.At(point.Accuracy), DotRadius, "point", point.Series,
                $"{point.Arm.Name}: {Quantity.Percent(point.Arm.Mean(Metric.Accuracy), point.Arm.Spread(Metric.Accuracy))} %, {format(point.Cost)}");
        }
        bool leavesOut = DrawLabels(plot, points, x, y);
        return $"{plot.Svg}<figcaption>Bars show the standard deviation over seeds; the dashed line joins the arms that no other beats in these two.{(leavesOut ? " Names without room are left out: point at a dot to read its arm." : "")}</figcaption>";
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

    // Labels go beside their points, those of the front first, on the side with room and clear of what is drawn already.
    private static bool DrawLabels(Plot plot, List<Point> points, Axis x, Axis y)
    {
        var taken = points.Select(point => new Box(x.At(point.Cost) - DotRadius, x.At(point.Cost) + DotRadius, y.At(point.Accuracy) + TextDrop)).ToList();
        var front = Front(points).ToHashSet();
        bool leavesOut = false;
        foreach (var point in points.OrderBy(point => front.Contains(point) ? 0 : 1).ThenBy(point => y.At(point.Accuracy)))
        {
            if (PlaceOf(point.Arm.Name, x.At(point.Cost), y.At(point.Accuracy) + TextDrop, plot.FarX, taken, canBeLeftOut: points.Count > MostAlwaysNamed && !front.Contains(point)) is not { } place)
            {
                leavesOut = true;
                continue;
            }
            taken.Add(place);
            bool goesLeft = place.Right < x.At(point.Cost);
            plot.Svg.Text(goesLeft ? place.Right : place.Left, place.Y, point.Arm.Name, "label", goesLeft ? "end" : "start");
        }
        return leavesOut;
    }

    // The first place that is free, to the right or left and a line higher or lower; further down for a name that may not be left out.
    private static Box? PlaceOf(string name, double px, double py, double farX, List<Box> taken, bool canBeLeftOut)
    {
        double length = name.Length * LetterWidth;
        bool hasRoomRight = px + LabelDistance + length <= farX + 20;
        foreach (double drop in new[] { 0, LabelGap, -LabelGap })
            foreach (bool goesLeft in hasRoomRight ? new[] { false, true } : [true])
                if (At(goesLeft, py + drop) is var place && place.Left > 0 && IsFree(place))
                    return place;
        if (canBeLeftOut)
            return null;
        var below = At(!hasRoomRight, py);
        while (!IsFree(below))
            below = below with { Y = below.Y + 2 };
        return below;

        Box At(bool goesLeft, double y) => goesLeft ? new(px - LabelDistance - length, px - LabelDistance, y) : new(px + LabelDistance, px + LabelDistance + length, y);

        bool IsFree(Box place) => !taken.Exists(other => Math.Abs(other.Y - place.Y) < LabelGap && other.Left < place.Right && place.Left < other.Right);
    }

    // What a dot or a line of text takes up.
    private sealed record Box(double Left, double Right, double Y);
}
