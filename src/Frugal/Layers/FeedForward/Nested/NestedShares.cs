using System.Runtime.CompilerServices;

namespace Frugal.Layers;

/// <summary>Checks lists of shares of hidden units where they are set.</summary>
internal static class NestedShares
{
    /// <summary>Shares above 0 and at most 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not.</exception>
    public static IReadOnlyList<double> Each(IReadOnlyList<double> shares, [CallerMemberName] string option = "")
    {
        ArgumentNullException.ThrowIfNull(shares);
        return [.. shares.Select(share => Guard.Positive(Guard.Between(share, 0, 1, option), option))];
    }

    /// <summary>Shares that ascend to 1, which is added where it is missing: the whole is always one of them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not ascend.</exception>
    public static IReadOnlyList<double> Ascending(IReadOnlyList<double> shares, [CallerMemberName] string option = "")
    {
        var each = Each(shares, option);
        if (!each.Zip(each.Skip(1)).All(pair => pair.First < pair.Second))
            throw new ArgumentOutOfRangeException(option, string.Join(", ", shares), $"{option} must ascend");
        return each.Count > 0 && each[^1] == 1 ? each : [.. each, 1];
    }
}
