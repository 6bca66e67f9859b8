using Frugal.Layers.Experts;

namespace Frugal.Models.Text;

/// <summary>What serving came to.</summary>
/// <param name="Schedule">The batches that ran.</param>
/// <param name="Hits">Experts that a batch needed and that were in memory.</param>
/// <param name="Misses">Experts that had to be loaded.</param>
/// <param name="HeldBytes">Most bytes of experts that were in memory at a time.</param>
public sealed record ServingReport(ServingSchedule Schedule, long Hits, long Misses, long HeldBytes)
{
    /// <summary>Share of the experts that batches needed which were in memory.</summary>
    public double HitRatio => Hits + Misses == 0 ? 0 : Hits / (double)(Hits + Misses);
}
