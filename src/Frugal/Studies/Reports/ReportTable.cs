using System.Text;
using Frugal.Recipes;
using Frugal.Studies.Results;
using static Frugal.Studies.Reports.Markup;

namespace Frugal.Studies.Reports;

/// <summary>The table of a report: a row an arm.</summary>
internal static class ReportTable
{
    private static readonly (string Title, Func<ArmResult, ArmResult, string> Cell)[] Columns =
    [
        ("accuracy %", (arm, _) => Quantity.Percent(arm.Mean(Metric.Accuracy), arm.Spread(Metric.Accuracy))),
        ("parameters", (arm, _) => Quantity.Count(arm.Mean(Metric.Parameters))),
        ("non-zero", (arm, _) => Quantity.Count(arm.Mean(Metric.NonZeroParameters))),
        ("on disk", (arm, baseline) => Quantity.Bytes(arm.Mean(Metric.Bytes)) + Times(baseline.Mean(Metric.Bytes) / arm.Mean(Metric.Bytes))),
        ("latency, batch 1", (arm, _) => Latency(arm, 1)),
        ("latency, batch 32", (arm, _) => Latency(arm, 32)),
        ("MACs", (arm, baseline) => Quantity.Count(arm.Mean(Metric.Flops)) + Times(baseline.Mean(Metric.Flops) / arm.Mean(Metric.Flops))),
        ("MACs without zeros", (arm, _) => Quantity.Count(arm.Mean(Metric.NonZeroFlops))),
        ("peak memory", (arm, _) => Quantity.Bytes(arm.Mean(Metric.PeakMemory))),
        ("training", (arm, baseline) => Quantity.Seconds(arm.Mean(Metric.TrainingTime)) + Times(baseline.Mean(Metric.TrainingTime) / arm.Mean(Metric.TrainingTime))),
    ];

    // Shown where an arm has mixtures of experts that were measured.
    private static readonly (string Metric, string Title, Func<ArmResult, ArmResult, string> Cell)[] ExpertColumns =
    [
        (Metric.ExpertImbalance, "busiest expert", (arm, _) => Quantity.Ratio(arm.Mean(Metric.ExpertImbalance))),
        (Metric.ExpertEntropy, "gate entropy %", (arm, _) => Quantity.Percent(arm.Mean(Metric.ExpertEntropy), arm.Spread(Metric.ExpertEntropy))),
        (Metric.ExpertDropped, "dropped %", (arm, _) => Quantity.Percent(arm.Mean(Metric.ExpertDropped), arm.Spread(Metric.ExpertDropped))),
        (Metric.ExpertChanges, "changes of experts %", (arm, _) => Quantity.Percent(arm.Mean(Metric.ExpertChanges), arm.Spread(Metric.ExpertChanges))),
    ];

    public static void Write(StringBuilder page, StudyResult result)
    {
        (string Title, Func<ArmResult, ArmResult, string> Cell)[] columns =
            [.. Columns, .. ExpertColumns.Where(column => result.Arms.Any(arm => arm.Mean(column.Metric) is not null)).Select(column => (column.Title, column.Cell))];
        page.Append("<h2>Arms</h2><div class=\"scroll\"><table><tr><th>arm</th>");
        foreach (var column in columns)
            page.Append($"<th>{column.Title}</th>");
        page.AppendLine("</tr>");
        for (int series = 0; series < result.Arms.Count; series++)
            WriteRow(page, result, result.Arms[series], series, columns);
        page.AppendLine("</table></div>");
        page.AppendLine("<p class=\"small\"><span class=\"front\">★</span> on the Pareto front: no other arm is at least as accurate, as small on disk and as fast at batch 1, and better in one of them. × is the gain over the baseline (bold); ± is the standard deviation over seeds; – was not measured.</p>");
        foreach (var arm in result.Arms)
        {
            if (arm.Failure is { } failure)
                page.AppendLine($"<p class=\"remark bad\"><b>{Escape(arm.Name)}</b> failed: {Escape(failure)}</p>");
            foreach (string advice in arm.Advice)
                page.AppendLine($"<p class=\"remark\"><b>{Escape(arm.Name)}</b>: {Escape(advice)}</p>");
        }
    }

    private static void WriteRow(StringBuilder page, StudyResult result, ArmResult arm, int series, IReadOnlyList<(string Title, Func<ArmResult, ArmResult, string> Cell)> columns)
    {
        string style = arm.Failure is not null ? "failed" : arm.Name == result.Baseline ? "baseline" : "";
        string star = arm.IsOnParetoFront ? " <span class=\"front\" title=\"on the Pareto front\">★</span>" : "";
        page.Append($"<tr class=\"{style}\"><td><span class=\"key\" style=\"background:var(--series-{series % 10})\"></span>{Escape(arm.Name)}{star}</td>");
        foreach (var column in columns)
            page.Append($"<td>{(arm.Failure is null ? column.Cell(arm, result.BaselineArm) : Quantity.Absent)}</td>");
        page.AppendLine("</tr>");
    }

    private static string Latency(ArmResult arm, int batchSize)
    {
        if (arm.Latency.FirstOrDefault(latency => latency.BatchSize == batchSize) is not { } measured)
            return Quantity.Absent;
        string range = $"between {Quantity.Ratio(measured.RatioLow)} and {Quantity.Ratio(measured.RatioHigh)} in nine rounds of ten";
        return $"{Quantity.Microseconds(measured.Microseconds)}<span class=\"times\" title=\"{range}\">{Quantity.Ratio(measured.Ratio)}</span>";
    }

    private static string Times(double? ratio) => ratio is { } known ? $"<span class=\"times\">{Quantity.Ratio(known)}</span>" : "";
}
