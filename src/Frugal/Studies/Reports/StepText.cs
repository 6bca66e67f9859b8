using Frugal.Recipes;

namespace Frugal.Studies.Reports;

/// <summary>What a step did, in a line.</summary>
public static class StepText
{
    /// <summary>
    /// Parameters, bytes and multiply-adds before and after: <c>low-rank: parameters 235 k → 113 k, …</c>, and the time of a call where the step makes calls faster; null for a step that changed none of
    /// the first and was not timed.
    /// </summary>
    public static string? Change(StepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var (before, after) = (report.Before, report.After);
        if (before == after && report.LatencyAfter is null)
            return null;
        string line = $"{report.Step}: parameters {Of(before.Parameters, after.Parameters, Quantity.Count)}, bytes {Of(before.Bytes, after.Bytes, Quantity.Bytes)}, multiply-adds {Of(before.Macs, after.Macs, Quantity.Count)}";
        line = before.NonZeroParameters - before.Parameters == after.NonZeroParameters - after.Parameters
            ? line
            : $"{line}; not zero: parameters {Of(before.NonZeroParameters, after.NonZeroParameters, Quantity.Count)}, multiply-adds {Of(before.NonZeroMacs, after.NonZeroMacs, Quantity.Count)}";
        return report is { LatencyBefore: { } slow, LatencyAfter: { } fast }
            ? $"{line}; latency {Times(slow.One, fast.One)} for one, {Times(slow.Batch, fast.Batch)} for {ModelLatency.BatchSize}"
            : line;
    }

    private static string Times(double before, double after) => $"{Quantity.Microseconds(before)} → {Quantity.Microseconds(after)}";

    private static string Of(long? before, long? after, Func<double?, string> words) => before == after ? $"{words(before)} as before" : $"{words(before)} → {words(after)}";
}
