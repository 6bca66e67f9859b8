namespace Frugal.Interop.Charts;

/// <summary>The frame of a chart with two axes: marks, grid lines and titles.</summary>
internal sealed class Plot
{
    private const double Left = 58, Right = 24, Top = 16, Bottom = 46;

    private readonly double width, height;

    /// <param name="width">Width in SVG units.</param>
    /// <param name="height">Height in SVG units.</param>
    /// <param name="description">What the chart shows, for those who cannot see it.</param>
    /// <param name="right">Space on the right for labels.</param>
    public Plot(double width, double height, string description, double right = Right)
    {
        (this.width, this.height) = (width, height);
        Svg = new Svg(width, height, description);
        FarX = width - right;
    }

    public Svg Svg { get; }

    /// <summary>Positions between which the axes run.</summary>
    public double NearX { get; } = Left;

    public double FarX { get; }

    public double NearY => height - Bottom;

    public double FarY { get; } = Top;

    public void DrawX(Axis axis, string title, Func<double, string> format)
    {
        foreach (double mark in axis.Marks())
        {
            Svg.Line(axis.At(mark), FarY, axis.At(mark), NearY, "grid");
            Svg.Text(axis.At(mark), NearY + 16, format(mark), "mark", "middle");
        }
        Svg.Text((NearX + FarX) / 2, height - 8, title, "axis", "middle");
    }

    public void DrawY(Axis axis, string title, Func<double, string> format)
    {
        foreach (double mark in axis.Marks())
        {
            Svg.Line(NearX, axis.At(mark), FarX, axis.At(mark), "grid");
            Svg.Text(NearX - 8, axis.At(mark) + 4, format(mark), "mark", "end");
        }
        Svg.Text(4, FarY - 4, title, "axis");
    }
}
