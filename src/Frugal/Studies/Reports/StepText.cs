using Frugal.Recipes;

namespace Frugal.Studies.Reports;

/// <summary>What a step did, in a line.</summary>
public static class StepText
{
    /// <summary>Parameters, bytes and multiply-adds before and after: <c>low-rank: parameters 235 k → 113 k, …</c>; null for a step that changed none of them.</summary>
    public static string? Change(StepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var (before, after) = (report.Before, report.After);
        if (before == after)
            return null;
        string line = $"{report.Step}: parameters {Of(before.Parameters, after.Parameters, Quantity.Count)}, bytes {Of(before.Bytes, after.Bytes, Quantity.Bytes)}, multiply-adds {Of(before.Macs, after.Macs, Quantity.Count)}";
        return before.NonZeroParameters - before.Parameters == after.NonZeroParameters - after.Parameters
            ? line
            : $"{line}; not zero: parameters {Of(before.NonZeroParameters, after.NonZeroParameters, Quantity.Count)}, multiply-adds {Of(before.NonZeroMacs, after.NonZeroMacs, Quantity.Count)}";
    }

    private static string Of(long? before, long? after, Func<double?, string> words) => before == after ? $"{words(before)} as before" : $"{words(before)} → {words(after)}";
}
