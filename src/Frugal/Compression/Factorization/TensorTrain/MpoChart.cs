using System.Globalization;
using Frugal.Interop.Charts;

namespace Frugal.Compression;

/// <summary>A sensitivity profile as a chart: one line a layer, the rise of the loss over the share of parameters kept.</summary>
internal static class MpoChart
{
    private const double Width = 640, Height = 360, LabelRoom = 170;

    // A file that stands by itself brings its own colours; in a report the page's would hold.
    private const string Style =
        "<style>svg{background:#fff;font:12px sans-serif;--series-0:#3267c8;--series-1:#c84f32;--series-2:#3b8f4e;--series-3:#8a4fbf;--series-4:#b58a00;--series-5:#1a8f9c;--series-6:#bf4f8a;" +
        "--series-7:#6b6b6b;--series-8:#7a5a3a;--series-9:#4f5fbf}.grid{stroke:#ddd}.curve{fill:none;stroke-width:2}.mark,.axis{fill:#444}</style>";

    public static string Draw(MpoProfile profile)
    {
        var plot = new Plot(Width, Height, "rise of the loss when one layer alone keeps a share of its parameters", LabelRoom);
        var curves = profile.Layers.Select(layer => (layer.Path, Points: profile.Shares.Zip(layer.Drops).Where(point => point.Second is not null).Select(point => (point.First, point.Second!.Value)).ToList())).ToList();
        var x = new Axis(profile.Shares, plot.NearX, plot.FarX, isLogarithmic: true, margin: 0.02);
        var y = new Axis(curves.SelectMany(curve => curve.Points.Select(point => point.Value)).Append(0), plot.NearY, plot.FarY);
        plot.DrawX(x, "share of the layer's parameters", mark => mark.ToString("0.##", CultureInfo.InvariantCulture));
        plot.DrawY(y, "rise of the loss", mark => mark.ToString("0.###", CultureInfo.InvariantCulture));
        for (int series = 0; series < curves.Count; series++)
        {
            var (path, points) = curves[series];
            if (points.Count == 0)
                continue;
            plot.Svg.Path(points.Select(point => (x.At(point.First), y.At(point.Value))), "curve", series);
            foreach (var (share, drop) in points)
                plot.Svg.Dot(x.At(share), y.At(drop), 2.5, "point", series, FormattableString.Invariant($"{path} at {100 * share:0.#} %: {drop:0.####}"));
            plot.Svg.Bar(plot.FarX + 8, plot.FarY + 14 * series, 8, 8, "point", series);
            plot.Svg.Text(plot.FarX + 20, plot.FarY + 8 + 14 * series, path, "mark");
        }
        string drawing = plot.Svg.ToString();
        int inside = drawing.IndexOf('>', StringComparison.Ordinal) + 1;
        return drawing[..inside].Replace("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", StringComparison.Ordinal) + Style + drawing[inside..];
    }
}
