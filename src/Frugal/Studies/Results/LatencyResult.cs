namespace Frugal.Studies.Results;

/// <summary>Latency of an arm's model, measured in turns with the baseline's.</summary>
/// <param name="BatchSize">Examples in a call.</param>
/// <param name="Microseconds">Median time of a call.</param>
/// <param name="Ratio">Median over rounds of baseline time over this model's: above 1 is faster than the baseline.</param>
/// <param name="RatioLow">5th percentile of that ratio.</param>
/// <param name="RatioHigh">95th percentile of that ratio.</param>
public sealed record LatencyResult(int BatchSize, double Microseconds, double Ratio, double RatioLow, double RatioHigh);
