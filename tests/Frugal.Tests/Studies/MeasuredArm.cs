using Frugal.Studies.Results;

namespace Frugal.Tests.Studies;

/// <summary>An arm of one run of which nothing is known but some metrics.</summary>
internal static class MeasuredArm
{
    public static ArmResult Of(string name, params (string Metric, double Value)[] metrics) => new()
    {
        Name = name,
        Runs = [new RunResult { Key = name, Seed = 0, Recipe = "", Version = "", Metrics = metrics.ToDictionary(metric => metric.Metric, metric => metric.Value), Steps = [], Curve = [], Layers = [], Notes = [] }],
    };
}
