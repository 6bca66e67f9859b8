using Frugal.Catalogue;

namespace Frugal.Training.Schedules;

/// <summary>The peak rate throughout.</summary>
[Entry("constant")]
public sealed class Constant : WarmUpSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmUp(long update, long updates, long updatesPerEpoch, double peak) => peak;
}
