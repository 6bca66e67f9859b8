using System.Text;
using Frugal.Recipes;
using Frugal.Studies.Reports.Charts;
using Frugal.Studies.Results;
using static Frugal.Studies.Reports.Markup;

namespace Frugal.Studies.Reports;

/// <summary>The charts of a report.</summary>
internal static class ReportCharts
{
    /// <summary>Most figures in one group of tabs.</summary>
    public const int MostTabs = 6;

    public static void WritePareto(StringBuilder page, StudyResult result)
    {
        var leftOut = FarBelow(result);
        (string Tab, string? Chart)[] charts =
        [
            ("size on disk", ParetoChart.Draw(result.Arms, leftOut, Metric.Bytes, "bytes on disk", Quantity.Bytes)),
            ("parameters", ParetoChart.Draw(result.Arms, leftOut, Metric.Parameters, "parameters stored", Quantity.Count)),
            ("multiply-adds", ParetoChart.Draw(result.Arms, leftOut, Metric.Flops, "multiply-adds of one example", Quantity.Count)),
            ("latency, batch 1", ParetoChart.Draw(result.Arms, leftOut, Metric.Latency1, "latency at batch 1", Quantity.Microseconds)),
            ("latency, batch 32", ParetoChart.Draw(result.Arms, leftOut, Metric.Latency32, "latency at batch 32", Quantity.Microseconds)),
            ("training time", ParetoChart.Draw(result.Arms, leftOut, Metric.TrainingTime, "training time", Quantity.Seconds)),
        ];
        var drawn = charts.Where(chart => chart.Chart is not null).ToList();
        if (drawn.Count == 0)
            return;
        page.AppendLine("<h2>Accuracy against cost</h2><div class=\"tabs\">");
        for (int i = 0; i < drawn.Count; i++)
            page.Append($"<input type=\"radio\" name=\"pareto\" id=\"pareto-{i}\"{(i == 0 ? " checked" : "")}><label for=\"pareto-{i}\">{drawn[i].Tab}</label>");
        foreach (var (_, chart) in drawn)
            page.AppendLine($"<figure>{chart}</figure>");
        page.AppendLine($"</div>{(leftOut.Count > 0 ? $"<p class=\"small\">{LeftOut(leftOut).Trim()}</p>" : "")}");
    }

    public static void WriteSteps(StringBuilder page, StudyResult result)
    {
        var figures = new StringBuilder();
        foreach (var arm in result.Arms.Where(arm => arm.Steps.Any(IsChange)))
        {
            string? size = WaterfallChart.Draw(arm, "Bytes", model => model.Bytes, Quantity.Bytes);
            string? macs = WaterfallChart.Draw(arm, "Multiply-adds", model => model.NonZeroMacs, Quantity.Count);
            figures.AppendLine($"<figure><h3>{Escape(arm.Name)}</h3><figcaption>bytes of the weights</figcaption>{size}{(macs is null ? "" : $"<figcaption>multiply-adds, zeros skipped</figcaption>{macs}")}</figure>");
        }
        if (figures.Length > 0)
            page.AppendLine("<h2>What each step bought</h2><p class=\"small\">After each step of an arm: the cost, its change, and the test accuracy at that point (first seed).</p>").AppendLine($"<div class=\"charts\">{figures}</div>");
    }

    public static void WriteCurves(StringBuilder page, StudyResult result)
    {
        var leftOut = FarBelow(result);
        string? loss = CurveChart.Draw(result.Arms, leftOut, "training loss", point => point.TrainingLoss);
        string? accuracy = CurveChart.Draw(result.Arms, leftOut, "validation accuracy %", point => point.ValidationAccuracy * 100)
            ?? CurveChart.Draw(result.Arms, leftOut, "training accuracy %", point => point.TrainingAccuracy * 100);
        if (loss is null && accuracy is null)
            return;
        page.AppendLine($"<h2>Learning curves</h2><p class=\"small\">First seed; colours as in the table.{LeftOut(leftOut)}</p><div class=\"charts\">");
        foreach (string chart in new[] { loss, accuracy }.OfType<string>())
            page.AppendLine($"<figure>{chart}</figure>");
        page.AppendLine("</div>");
    }

    public static void WriteSparsity(StringBuilder page, StudyResult result)
    {
        var figures = result.Arms.Select(arm => (arm.Name, Chart: SparsityChart.Draw(arm))).Where(figure => figure.Chart is not null).ToList();
        if (figures.Count == 0)
            return;
        page.AppendLine("<h2>Sparsity by layer</h2><div class=\"charts\">");
        foreach (var (name, chart) in figures)
            page.AppendLine($"<figure><h3>{Escape(name)}</h3>{chart}</figure>");
        page.AppendLine("</div>");
    }

    // An arm at less than half of the best accuracy, a sabotaged one say, would flatten all differences between the others.
    private static HashSet<string> FarBelow(StudyResult result)
    {
        double best = result.Arms.Max(arm => arm.Mean(Metric.Accuracy)) ?? 0;
        return [.. result.Arms.Where(arm => arm.Mean(Metric.Accuracy) < best / 2).Select(arm => arm.Name)];
    }

    private static string LeftOut(HashSet<string> arms) => arms.Count == 0 ? "" : $" Far below, and not drawn: {Escape(string.Join(", ", arms))}.";

    private static bool IsChange(StepReport step) => step.Before.Bytes != step.After.Bytes || step.Before.NonZeroMacs != step.After.NonZeroMacs;
}
