using Frugal.Recipes;
using Frugal.Studies.Results;

namespace Frugal.Studies.Reports;

/// <summary>A column of the tables that a study ends in: on the screen, in the report and in a paper's page they show the same numbers under the same titles.</summary>
/// <param name="Title">What stands above it.</param>
/// <param name="Value">What an arm has there; <see cref="Quantity.Absent"/> where it was not measured.</param>
/// <param name="Gain">How many times better than the baseline, the second argument, the arm is; null for what is no cost.</param>
public sealed record ArmColumn(string Title, Func<ArmResult, string> Value, Func<ArmResult, ArmResult, double?>? Gain = null)
{
    /// <summary>Share of the examples that are answered rightly.</summary>
    public static ArmColumn Accuracy { get; } = Share("accuracy %", Metric.Accuracy);

    /// <summary>Numbers that are stored.</summary>
    public static ArmColumn Parameters { get; } = Count("parameters", Metric.Parameters);

    /// <summary>Those among them that are not zero.</summary>
    public static ArmColumn NonZero { get; } = Count("non-zero", Metric.NonZeroParameters);

    /// <summary>Bytes of the saved model.</summary>
    public static ArmColumn OnDisk { get; } = Cost("on disk", Metric.Bytes, Quantity.Bytes);

    /// <summary>Multiply-adds of one example.</summary>
    public static ArmColumn Macs { get; } = Cost("MACs", Metric.Flops, Quantity.Count);

    /// <summary>The same without those by zero.</summary>
    public static ArmColumn NonZeroMacs { get; } = Count("MACs without zeros", Metric.NonZeroFlops);

    /// <summary>Seconds of training.</summary>
    public static ArmColumn Training { get; } = Cost("training", Metric.TrainingTime, Quantity.Seconds);

    /// <summary>Most memory that the process held.</summary>
    public static ArmColumn PeakMemory { get; } = new("peak memory", arm => Quantity.Bytes(arm.Mean(Metric.PeakMemory)));

    /// <summary>Time of a call with a batch of one.</summary>
    public static ArmColumn LatencyOfOne { get; } = Latency(1, Metric.Latency1);

    /// <summary>Time of a call with a batch of 32.</summary>
    public static ArmColumn LatencyOf32 { get; } = Latency(32, Metric.Latency32);

    /// <summary>What only mixtures of experts have.</summary>
    public static IReadOnlyList<(string Metric, ArmColumn Column)> OfExperts { get; } =
    [
        (Metric.ExpertImbalance, new("busiest expert", arm => Quantity.Ratio(arm.Mean(Metric.ExpertImbalance)))),
        (Metric.ExpertEntropy, Share("gate entropy %", Metric.ExpertEntropy)),
        (Metric.ExpertDropped, Share("dropped %", Metric.ExpertDropped)),
        (Metric.ExpertChanges, Share("changes of experts %", Metric.ExpertChanges)),
    ];

    /// <summary>What an arm has there; a dash for one that failed.</summary>
    public string Of(ArmResult arm)
    {
        ArgumentNullException.ThrowIfNull(arm);
        return arm.Failure is null ? Value(arm) : Quantity.Absent;
    }

    private static ArmColumn Share(string title, string metric) => new(title, arm => Quantity.Percent(arm.Mean(metric), arm.Spread(metric)));

    private static ArmColumn Count(string title, string metric) => new(title, arm => Quantity.Count(arm.Mean(metric)));

    private static ArmColumn Cost(string title, string metric, Func<double?, string> words) =>
        new(title, arm => words(arm.Mean(metric)), (arm, baseline) => baseline.Mean(metric) / arm.Mean(metric));

    // Measured in turns with the baseline: the ratio is that of the pairs and not of the means.
    private static ArmColumn Latency(int batchSize, string metric) => new(
        $"latency, {batchSize}", arm => Quantity.Microseconds(arm.Mean(metric)), (arm, _) => arm.Latency.FirstOrDefault(latency => latency.BatchSize == batchSize)?.Ratio);
}
