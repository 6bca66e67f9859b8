namespace Frugal.Training.Methods.Pruning;

/// <summary>
/// How sparsity rises over the updates (Zhu and Gupta, 2017, arXiv 1710.01878, eq. 1): <c>s(t) = final + (initial - final)(1 - p)^exponent</c> with <c>p = (t - begin)/(end - begin)</c>,
/// clamped to 0 and 1 outside.
/// </summary>
/// <param name="Initial">Sparsity at the beginning.</param>
/// <param name="Final">Sparsity at the end.</param>
/// <param name="Begin">First update at which weights are pruned.</param>
/// <param name="End">Last update at which weights are pruned.</param>
/// <param name="Interval">Updates between two prunings, at least 1.</param>
/// <param name="Exponent">3 in the paper; 1 makes the rise linear.</param>
public sealed record SparsitySchedule(double Initial, double Final, long Begin, long End, long Interval, double Exponent)
{
    /// <summary>Share of the weights that are zero after the pruning at this update.</summary>
    public double At(long update)
    {
        double progress = End > Begin ? Math.Clamp((double)(update - Begin) / (End - Begin), 0, 1) : update >= End ? 1 : 0;
        return Final + (Initial - Final) * Math.Pow(1 - progress, Exponent);
    }

    /// <summary>
    /// Number of prunings that are due by the end of this update: one at <see cref="Begin"/>, one every <see cref="Interval"/> updates, and one at <see cref="End"/>.
    /// </summary>
    public long DueBy(long update)
    {
        if (update < Begin)
            return 0;
        long within = Math.Min(update, End) - Begin;
        bool isEndOffGrid = update >= End && (End - Begin) % Interval != 0;
        return 1 + within / Interval + (isEndOffGrid ? 1 : 0);
    }
}
