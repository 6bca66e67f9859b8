using System.Globalization;
using System.Text;
using System.Text.Json;
using Frugal.Interop;
using Frugal.Studies.Results;

namespace Frugal.Studies.Reports;

/// <summary>The results of a study for other programs: <c>results.json</c> with everything, <c>results.csv</c> with a row a run.</summary>
public static class ResultFiles
{
    // What is read back leaves out what can be computed; members of what is put together here cannot be set, and all count.
    private static JsonSerializerOptions JsonOptions { get; } = new(ResultJson.Options) { IgnoreReadOnlyProperties = false };

    /// <summary>Writes both files into a folder.</summary>
    /// <exception cref="FrugalException">A file cannot be written.</exception>
    public static void Write(StudyResult result, string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, "results.json"), Json(result));
        AtomicFile.WriteText(Path.Combine(folder, "results.csv"), Csv(result));
    }

    internal static string Json(StudyResult result) => JsonSerializer.Serialize(
        new
        {
            result.Name,
            result.Title,
            result.Data,
            result.Baseline,
            result.Seeds,
            result.Paper,
            Version = RunKey.Version,
            result.Finished,
            result.Machine,
            Arms = result.Arms.Select(arm => new
            {
                arm.Name,
                arm.Failure,
                arm.IsOnParetoFront,
                arm.Advice,
                arm.Latency,
                Means = Metrics(arm).ToDictionary(metric => metric, arm.Mean),
                Spreads = Metrics(arm).Where(metric => arm.Spread(metric) is not null).ToDictionary(metric => metric, arm.Spread),
                arm.Runs,
            }),
            Claims = result.Claims.Select(verdict => new { Claim = verdict.Claim.Text, verdict.Outcome, verdict.Left, verdict.Right, verdict.Spread, verdict.Reason }),
            result.Budgets,
        },
        JsonOptions);

    internal static string Csv(StudyResult result)
    {
        string[] metrics = [.. result.Arms.SelectMany(arm => arm.Runs).SelectMany(run => run.Metrics.Keys).Distinct().Order(StringComparer.Ordinal)];
        var table = new StringBuilder().AppendJoin(',', ["arm", "seed", .. metrics]).Append('\n');
        foreach (var arm in result.Arms)
        {
            foreach (var run in arm.Runs)
            {
                var cells = metrics.Select(metric => run.Metrics.TryGetValue(metric, out double value) ? value.ToString("R", CultureInfo.InvariantCulture) : "");
                table.AppendJoin(',', [arm.Name, run.Seed.ToString(CultureInfo.InvariantCulture), .. cells]).Append('\n');
            }
        }
        return table.ToString();
    }

    private static IEnumerable<string> Metrics(ArmResult arm) =>
        arm.Runs.SelectMany(run => run.Metrics.Keys).Concat(arm.Latency.Select(latency => $"latency-{latency.BatchSize}"))
            .Distinct().Where(metric => arm.Mean(metric) is not null).Order(StringComparer.Ordinal);
}
