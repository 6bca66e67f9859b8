using Frugal.Catalogue;

namespace Frugal.Training.Schedules;

/// <summary>Multiplies the rate by <see cref="Factor"/> at each of the given times.</summary>
[Entry("step")]
public sealed class StepDecay : WarmUpSchedule
{
    /// <summary>When the rate falls: spans from the start of the training.</summary>
    public IReadOnlyList<Duration> Milestones { get; init; } = [0.5, 0.75];

    /// <summary>By what the rate is multiplied each time.</summary>
    [Range(0, 1, AboveLow = true)]
    public double Factor { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.1;

    /// <inheritdoc/>
    protected override double AfterWarmUp(long update, long updates, long updatesPerEpoch, double peak) =>
        peak * Math.Pow(Factor, Milestones.Count(time => time.ToUpdates(updatesPerEpoch, updates) <= update));
}
