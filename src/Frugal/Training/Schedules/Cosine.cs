using Frugal.Catalogue;

namespace Frugal.Training.Schedules;

/// <summary>
/// Half a cosine from the peak down to <see cref="MinLr"/>, with optional restarts (Loshchilov and Hutter, 2016, arXiv 1608.03983), as timm defines it.
/// </summary>
/// <remarks>
/// In cycle i of length T: <c>min + (peak decay^i - min)(1 + cos(pi t^k / T^k))/2</c>; after the last cycle <c>min</c>.
/// </remarks>
[Entry("cosine")]
public sealed class Cosine : WarmUpSchedule
{
    /// <summary>Lowest learning rate.</summary>
    [Range(0, double.PositiveInfinity)]
    public double MinLr { get; init => field = Guard.NotNegative(value); }

    /// <summary>Length of the first cycle; null for the whole training.</summary>
    public Duration? Cycle { get; init; }

    /// <summary>How many times longer each cycle is than the one before.</summary>
    [Range(1, double.PositiveInfinity)]
    public double CycleMul { get; init => field = Guard.AtLeast(value, 1); } = 1;

    /// <summary>How many times lower each cycle's peak is than the one before.</summary>
    [Range(0, 1, AboveLow = true)]
    public double CycleDecay { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 1;

    /// <summary>Number of cycles.</summary>
    [Range(1, int.MaxValue)]
    public int CycleLimit { get; init => field = Guard.AtLeast(value, 1); } = 1;

    /// <summary>Exponent k on the time within a cycle; above 1 the rate stays high for longer.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double KDecay { get; init => field = Guard.Positive(value); } = 1;

    /// <inheritdoc/>
    protected override double AfterWarmUp(long update, long updates, long updatesPerEpoch, double peak)
    {
        double first = Math.Max(1, Cycle?.ToUpdates(updatesPerEpoch, updates) ?? updates);
        var (cycle, length, within) = Locate(update, first);
        if (cycle >= CycleLimit)
            return MinLr;
        double high = peak * Math.Pow(CycleDecay, cycle);
        return MinLr + 0.5 * (high - MinLr) * (1 + Math.Cos(Math.PI * Math.Pow(within, KDecay) / Math.Pow(length, KDecay)));
    }

    private (long Cycle, double Length, double Within) Locate(long update, double first)
    {
        if (CycleMul == 1)
            return ((long)(update / first), first, update % first);
        // The cycles are a geometric series; the first estimate may be one off at a border because of rounding.
        long cycle = (long)Math.Floor(Math.Log(1 + update / first * (CycleMul - 1), CycleMul));
        while (Start(cycle + 1, first) <= update)
            cycle++;
        while (cycle > 0 && Start(cycle, first) > update)
            cycle--;
        return (cycle, first * Math.Pow(CycleMul, cycle), update - Start(cycle, first));
    }

    private double Start(long cycle, double first) => first * (Math.Pow(CycleMul, cycle) - 1) / (CycleMul - 1);
}
