using Frugal.Catalogue;

namespace Frugal.Training.Schedules;

/// <summary>From the peak to <see cref="EndLr"/> along <c>(1 - t/T)^power</c>; power 1 is the linear decay of the LAMB paper.</summary>
[Entry("polynomial")]
public sealed class Polynomial : WarmUpSchedule
{
    /// <summary>A straight line from the peak to zero.</summary>
    [Preset("linear")]
    public static Polynomial Linear => new();

    /// <summary>Exponent of the remaining share of the training.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Power { get; init => field = Guard.Positive(value); } = 1;

    /// <summary>Learning rate at the end.</summary>
    [Range(0, double.PositiveInfinity)]
    public double EndLr { get; init => field = Guard.NotNegative(value); }

    /// <inheritdoc/>
    protected override double AfterWarmUp(long update, long updates, long updatesPerEpoch, double peak) =>
        EndLr + (peak - EndLr) * Math.Pow(Math.Max(0, 1 - (double)update / updates), Power);
}
