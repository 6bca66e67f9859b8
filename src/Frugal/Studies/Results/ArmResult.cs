using Frugal.Recipes;

namespace Frugal.Studies.Results;

/// <summary>What came of one arm over its seeds.</summary>
public sealed record ArmResult
{
    /// <summary>Name of the arm.</summary>
    public required string Name { get; init; }

    /// <summary>The runs that finished, in the order of the seeds.</summary>
    public required IReadOnlyList<RunResult> Runs { get; init; }

    /// <summary>Why the arm failed, or null.</summary>
    public string? Failure { get; init; }

    /// <summary>Latency of the first seed's model at each batch size; empty where it was not measured.</summary>
    public IReadOnlyList<LatencyResult> Latency { get; init; } = [];

    /// <summary>Savings that are on paper only, and what would make them real.</summary>
    public IReadOnlyList<string> Advice { get; init; } = [];

    /// <summary>True when no other arm is at least as good in accuracy, size and speed and better in one of them.</summary>
    public bool IsOnParetoFront { get; init; }

    /// <summary>Folder of the first seed's trained model, or null when the arm failed.</summary>
    public string? ModelFolder { get; init; }

    /// <summary>Values of a metric over the seeds; empty when it was not measured in every run.</summary>
    public IReadOnlyList<double> Values(string metric)
    {
        if (Latency.FirstOrDefault(latency => metric == $"latency-{latency.BatchSize}") is { } measured)
            return [measured.Microseconds];
        var values = Runs.Where(run => run.Metrics.ContainsKey(metric)).Select(run => run.Metrics[metric]).ToList();
        return values.Count == Runs.Count ? values : [];
    }

    /// <summary>Mean of a metric over the seeds, or null when it was not measured.</summary>
    public double? Mean(string metric) => Values(metric) is [_, ..] values ? values.Average() : null;

    /// <summary>Standard deviation of a metric over the seeds, or null with fewer than two.</summary>
    public double? Spread(string metric) => Statistics.StandardDeviation(Values(metric));

    /// <summary>Mean size over the seeds after each step of the recipe, with the accuracy measured there: what each step bought.</summary>
    public IReadOnlyList<StepReport> Steps => Runs.Count == 0 ? [] : Runs[0].Steps;
}
