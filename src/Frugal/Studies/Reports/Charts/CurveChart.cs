using System.Globalization;
using Frugal.Interop.Charts;
using Frugal.Recipes;
using Frugal.Studies.Results;

namespace Frugal.Studies.Reports.Charts;

/// <summary>Learning curves: one line an arm, its first seed, over the epochs.</summary>
internal static class CurveChart
{
    private const double Width = 560, Height = 300;

    /// <summary>The chart, or null when no arm has two points.</summary>
    public static string? Draw(IReadOnlyList<ArmResult> arms, IReadOnlySet<string> leftOut, string title, Func<CurvePoint, double?> value)
    {
        var curves = arms.Select((arm, series) => (arm.Name, Series: series, Points: Points(arm, value))).Where(curve => curve.Points.Count > 1 && !leftOut.Contains(curve.Name)).ToList();
        if (curves.Count == 0)
            return null;
        var plot = new Plot(Width, Height, $"{title} over the epochs");
        var all = curves.SelectMany(curve => curve.Points).ToList();
        var x = new Axis(all.Select(point => point.Epoch), plot.NearX, plot.FarX, margin: 0.02);
        var y = new Axis(all.Select(point => point.Value), plot.NearY, plot.FarY);
        plot.DrawX(x, "epoch", mark => mark.ToString("0.##", CultureInfo.InvariantCulture));
        plot.DrawY(y, title, mark => mark.ToString("0.####", CultureInfo.InvariantCulture));
        foreach (var curve in curves)
        {
            plot.Svg.Path(curve.Points.Select(point => (x.At(point.Epoch), y.At(point.Value))), "curve", curve.Series);
            foreach (var (epoch, level) in curve.Points)
                plot.Svg.Dot(x.At(epoch), y.At(level), 2.5, "point", curve.Series, FormattableString.Invariant($"{curve.Name}, epoch {epoch}: {level:G4}"));
        }
        return plot.Svg.ToString();
    }

    // Training that follows another step begins its epochs anew: on the chart they go on counting.
    private static List<(double Epoch, double Value)> Points(ArmResult arm, Func<CurvePoint, double?> value)
    {
        var points = new List<(double, double)>();
        int offset = 0, last = 0;
        foreach (var point in arm.Runs.Count > 0 ? arm.Runs[0].Curve : [])
        {
            if (point.Epoch <= last)
                offset += last;
            last = point.Epoch;
            if (value(point) is { } known && double.IsFinite(known))
                points.Add((offset + point.Epoch, known));
        }
        return points;
    }
}
