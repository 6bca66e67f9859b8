using System.Text;
using Frugal.Studies.Results;
using static Frugal.Studies.Reports.Markup;

namespace Frugal.Studies.Reports;

/// <summary>The table of a report: a row an arm.</summary>
internal static class ReportTable
{
    private static readonly IReadOnlyList<ArmColumn> columns =
    [
        ArmColumn.Accuracy, ArmColumn.Parameters, ArmColumn.NonZero, ArmColumn.OnDisk, ArmColumn.LatencyOfOne, ArmColumn.LatencyOf32, ArmColumn.Macs, ArmColumn.NonZeroMacs, ArmColumn.PeakMemory, ArmColumn.Training,
    ];

    public static void Write(StringBuilder page, StudyResult result)
    {
        // Those of experts where an arm has mixtures that were measured.
        IReadOnlyList<ArmColumn> shown = [.. columns, .. ArmColumn.OfExperts.Where(each => result.Arms.Any(arm => arm.Mean(each.Metric) is not null)).Select(each => each.Column)];
        page.Append("<h2>Arms</h2><div class=\"scroll\"><table><tr><th>arm</th>");
        foreach (var column in shown)
            page.Append($"<th>{column.Title}</th>");
        page.AppendLine("</tr>");
        for (int series = 0; series < result.Arms.Count; series++)
            WriteRow(page, result, result.Arms[series], series, shown);
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

    private static void WriteRow(StringBuilder page, StudyResult result, ArmResult arm, int series, IReadOnlyList<ArmColumn> shown)
    {
        string style = arm.Failure is not null ? "failed" : arm.Name == result.Baseline ? "baseline" : "";
        string star = arm.IsOnParetoFront ? " <span class=\"front\" title=\"on the Pareto front\">★</span>" : "";
        page.Append($"<tr class=\"{style}\"><td><span class=\"key\" style=\"background:var(--series-{series % 10})\"></span>{Escape(arm.Name)}{star}</td>");
        foreach (var column in shown)
            page.Append($"<td>{column.Of(arm)}{(arm.Failure is null ? Times(column.Gain?.Invoke(arm, result.BaselineArm), Range(column, arm)) : "")}</td>");
        page.AppendLine("</tr>");
    }

    private static string Times(double? ratio, string range) => ratio is { } known ? $"<span class=\"times\"{range}>{Quantity.Ratio(known)}</span>" : "";

    // Shown where the pointer rests on a ratio of latencies.
    private static string Range(ArmColumn column, ArmResult arm)
    {
        int? batchSize = column == ArmColumn.LatencyOfOne ? 1 : column == ArmColumn.LatencyOf32 ? 32 : null;
        return arm.Latency.FirstOrDefault(latency => latency.BatchSize == batchSize) is { } measured
            ? $" title=\"between {Quantity.Ratio(measured.RatioLow)} and {Quantity.Ratio(measured.RatioHigh)} in nine rounds of ten\""
            : "";
    }
}
