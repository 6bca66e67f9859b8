namespace Frugal.Compression.Pruning;

/// <summary>How many channels go: a share of them, or as many as it takes to save multiply-adds.</summary>
public sealed record ChannelBudget
{
    private ChannelBudget(double? ratio, double? keepMacs) => (Ratio, KeepMacs) = (ratio, keepMacs);

    /// <summary>Share of the channels that goes, or null.</summary>
    public double? Ratio { get; }

    /// <summary>Share of the multiply-adds that stays, or null.</summary>
    public double? KeepMacs { get; }

    /// <summary>How the removal is shared out.</summary>
    public ChannelAllocation Allocation { get; init; } = ChannelAllocation.Uniform;

    /// <summary>
    /// The channels that stay in a group are a multiple of this, as fast kernels like it; a group that has fewer stays whole. Groups whose channels are wider than one place, e.g. attention heads, are not rounded.
    /// </summary>
    public int RoundTo { get; init => field = Guard.Between(value, 1, 1024); } = 1;

    /// <summary>Removes a share of the channels, from 0 up to, but not including, 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The share lies outside.</exception>
    public static ChannelBudget Remove(double ratio) => new(Guard.Fraction(ratio, nameof(ratio)), null);

    /// <summary>Removes channels until at most a share of the multiply-adds is left, above 0 and up to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The share lies outside.</exception>
    public static ChannelBudget Keep(double macs) => new(null, Guard.Positive(Guard.Between(macs, 0, 1, nameof(macs)), nameof(macs)));

    /// <summary>How many of a group's channels stay when this many would go.</summary>
    internal int Stay(int channels, bool isRounded, int going)
    {
        int least = isRounded ? Math.Min(RoundTo, channels) : 1, step = isRounded ? RoundTo : 1;
        int nearest = (channels - going + step / 2) / step * step;
        return Math.Clamp(nearest, least, channels);
    }
}
