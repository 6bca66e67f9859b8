using Frugal.Catalogue;

namespace Frugal.Training.Schedules;

/// <summary>How the learning rate moves over the training.</summary>
[CatalogueKind("schedule", "schedules")]
public abstract class Schedule
{
    /// <summary>The learning rate of an update.</summary>
    /// <param name="update">Number of the update, from 0.</param>
    /// <param name="updates">Updates in all.</param>
    /// <param name="updatesPerEpoch">Updates in an epoch.</param>
    /// <param name="peak">The optimiser's learning rate.</param>
    public abstract double At(long update, long updates, long updatesPerEpoch, double peak);
}
