using Frugal.Recipes;

namespace Frugal.Studies.Results;

/// <summary>The arms that no other arm beats: at least as accurate, as small and as fast, and better in one of the three.</summary>
internal static class ParetoFront
{
    // Paired latencies of one and the same model differ by up to this much; a smaller difference is none.
    private const double LatencyNoise = 0.03;

    private static readonly (string Metric, double Noise)[] Costs = [(Metric.Bytes, 0), (Metric.Latency1, LatencyNoise)];

    /// <summary>Marks the arms on the front. An arm without accuracy is never on it.</summary>
    public static IReadOnlyList<ArmResult> Mark(IReadOnlyList<ArmResult> arms)
    {
        // Costs that some arm lacks cannot be compared between arms and are left out.
        var measured = arms.Where(arm => arm.Mean(Metric.Accuracy) is not null).ToList();
        var costs = Costs.Where(cost => measured.All(arm => arm.Mean(cost.Metric) is not null)).ToList();
        return [.. arms.Select(arm => arm with
        {
            IsOnParetoFront = measured.Contains(arm) && !measured.Any(other => Dominates(other, arm, costs)),
        })];
    }

    /// <summary>Whether one arm is at least as accurate, as small and as fast as another, and better in one of the three; false where that was not measured for both.</summary>
    public static bool Dominates(ArmResult a, ArmResult b) =>
        Costs.Select(cost => cost.Metric).Append(Metric.Accuracy).All(metric => a.Mean(metric) is not null && b.Mean(metric) is not null) && Dominates(a, b, [.. Costs]);

    private static bool Dominates(ArmResult a, ArmResult b, List<(string Metric, double Noise)> costs)
    {
        double gain = a.Mean(Metric.Accuracy)!.Value - b.Mean(Metric.Accuracy)!.Value;
        bool worse = gain < 0, better = gain > 0;
        foreach (var (metric, noise) in costs)
        {
            double ratio = a.Mean(metric)!.Value / b.Mean(metric)!.Value;
            worse |= ratio > 1 + noise;
            better |= ratio < 1 - noise;
        }
        return better && !worse;
    }
}
