namespace Frugal.Recipes;

/// <summary>What a step did to its subject.</summary>
/// <param name="Step">Short name of the step.</param>
/// <param name="Before">Size of the model before.</param>
/// <param name="After">Size of the model after.</param>
/// <param name="Seconds">Time the step took.</param>
/// <param name="Metrics">What the step measured, by metric name.</param>
public sealed record StepReport(
    string Step, ModelSize Before, ModelSize After, double Seconds, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>Time of a call before, for a step that makes calls faster (<see cref="Step.IsTimed"/>); null for others.</summary>
    public ModelLatency? LatencyBefore { get; init; }

    /// <summary>Time of a call after, likewise.</summary>
    public ModelLatency? LatencyAfter { get; init; }
}
