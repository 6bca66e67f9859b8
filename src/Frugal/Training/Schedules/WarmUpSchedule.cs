using Frugal.Catalogue;

namespace Frugal.Training.Schedules;

/// <summary>A schedule that may begin with a linear rise to the peak.</summary>
public abstract class WarmUpSchedule : Schedule
{
    /// <summary>How long the learning rate rises, from <see cref="WarmUpLr"/> at the first update to the peak.</summary>
    public Duration WarmUp { get; init; } = Duration.Zero;

    /// <summary>Learning rate of the first update of the warm-up.</summary>
    [Range(0, double.PositiveInfinity)]
    public double WarmUpLr { get; init => field = Guard.NotNegative(value); }

    /// <summary>
    /// Starts the schedule proper after the warm-up, so that the rate is continuous. Otherwise, as in timm and in the LAMB paper, the schedule is evaluated at the update's
    /// own number, and the rate drops a little at the end of the warm-up.
    /// </summary>
    public bool WarmUpPrefix { get; init; }

    /// <inheritdoc/>
    public sealed override double At(long update, long updates, long updatesPerEpoch, double peak)
    {
        long warmUp = WarmUp.ToUpdates(updatesPerEpoch, updates);
        if (update < warmUp)
            return WarmUpLr + update * (peak - WarmUpLr) / warmUp;
        return WarmUpPrefix
            ? AfterWarmUp(update - warmUp, Math.Max(1, updates - warmUp), updatesPerEpoch, peak)
            : AfterWarmUp(update, updates, updatesPerEpoch, peak);
    }

    /// <summary>The learning rate once the warm-up is over.</summary>
    /// <param name="update">Number of the update, from 0, on the schedule's own clock.</param>
    /// <param name="updates">Updates in all, on that clock.</param>
    /// <param name="updatesPerEpoch">Updates in an epoch.</param>
    /// <param name="peak">The optimiser's learning rate.</param>
    protected abstract double AfterWarmUp(long update, long updates, long updatesPerEpoch, double peak);
}
