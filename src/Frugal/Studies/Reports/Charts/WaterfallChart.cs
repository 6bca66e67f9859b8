using Frugal.Interop.Charts;
using Frugal.Recipes;
using Frugal.Studies.Results;

namespace Frugal.Studies.Reports.Charts;

/// <summary>What each step of an arm bought: one cost after each step, as bars from the state before to the state after, with accuracy beside them.</summary>
internal static class WaterfallChart
{
    private const double Width = 560, RowHeight = 34, NameWidth = 130, ValueWidth = 190;

    /// <summary>The chart, or null when the cost was never measured.</summary>
    public static string? Draw(ArmResult arm, string title, Func<ModelSize, double?> cost, Func<double?, string> format)
    {
        var steps = arm.Steps.Where(step => cost(step.Before) is not null && cost(step.After) is not null).ToList();
        if (steps.Count == 0)
            return null;
        double start = cost(steps[0].Before)!.Value;
        double largest = Math.Max(start, steps.Max(step => cost(step.After)!.Value));
        var svg = new Svg(Width, RowHeight * (steps.Count + 1) + 8, $"{title} of {arm.Name} after each step");
        double scale = (Width - NameWidth - ValueWidth) / largest;
        Row(svg, 0, "start", 0, start * scale, "whole", format(start));
        for (int i = 0; i < steps.Count; i++)
        {
            double before = cost(steps[i].Before)!.Value, after = cost(steps[i].After)!.Value;
            double y = RowHeight * (i + 1);
            svg.Bar(NameWidth, y + 7, Math.Min(before, after) * scale, RowHeight - 14, "whole");
            Row(svg, y, steps[i].Step, Math.Min(before, after) * scale, Math.Abs(after - before) * scale, after > before ? "loss" : "gain", Words(steps[i], before, after, format));
        }
        return svg.ToString();
    }

    private static void Row(Svg svg, double y, string name, double from, double length, string style, string words)
    {
        svg.Text(0, y + RowHeight / 2 + 4, name, "label");
        svg.Bar(NameWidth + from, y + 7, length, RowHeight - 14, style, tip: words);
        svg.Text(NameWidth + from + length + 8, y + RowHeight / 2 + 4, words, "mark");
    }

    private static string Words(StepReport step, double before, double after, Func<double?, string> format)
    {
        string change = before == after ? "unchanged" : $"{format(after)} ({(after - before) / before:+0%;-0%})";
        return step.Metrics.TryGetValue(Metric.Accuracy, out double accuracy) ? $"{change}, {Quantity.Percent(accuracy)} %" : change;
    }
}
