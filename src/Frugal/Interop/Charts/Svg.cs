using System.Globalization;
using System.Net;
using System.Text;

namespace Frugal.Interop.Charts;

/// <summary>Writes the marks of a chart as inline SVG. Colours come from the page's style sheet, so that the chart follows its light and dark theme.</summary>
internal sealed class Svg(double width, double height, string description)
{
    private readonly StringBuilder body = new();

    public void Line(double x1, double y1, double x2, double y2, string style) =>
        body.AppendLine(Invariant($"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\" class=\"{style}\"/>"));

    public void Path(IEnumerable<(double X, double Y)> points, string style, int? series = null)
    {
        string path = string.Join(" ", points.Select((point, i) => Invariant($"{(i == 0 ? 'M' : 'L')}{point.X:0.##} {point.Y:0.##}")));
        body.AppendLine(Invariant($"<path d=\"{path}\" class=\"{style}\"{SeriesColour("stroke", series)}/>"));
    }

    public void Bar(double x, double y, double barWidth, double barHeight, string style, int? series = null, string? tip = null) =>
        body.AppendLine(Invariant($"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{Math.Max(0, barWidth):0.##}\" height=\"{Math.Max(0, barHeight):0.##}\" rx=\"2\" class=\"{style}\"{SeriesColour("fill", series)}>{Tip(tip)}</rect>"));

    public void Dot(double x, double y, double radius, string style, int series, string tip) =>
        body.AppendLine(Invariant($"<circle cx=\"{x:0.##}\" cy=\"{y:0.##}\" r=\"{radius:0.##}\" class=\"{style}\"{SeriesColour("fill", series)}>{Tip(tip)}</circle>"));

    public void Text(double x, double y, string text, string style, string anchor = "start") =>
        body.AppendLine(Invariant($"<text x=\"{x:0.##}\" y=\"{y:0.##}\" text-anchor=\"{anchor}\" class=\"{style}\">{WebUtility.HtmlEncode(text)}</text>"));

    public override string ToString() => Invariant(
        $"<svg viewBox=\"0 0 {width:0.##} {height:0.##}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(description)}\">\n{body}</svg>\n");

    private static string Tip(string? tip) => tip is null ? "" : $"<title>{WebUtility.HtmlEncode(tip)}</title>";

    private static string SeriesColour(string property, int? series) => series is { } number ? $" style=\"{property}:var(--series-{number % 10})\"" : "";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
