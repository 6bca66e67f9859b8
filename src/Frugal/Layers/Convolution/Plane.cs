namespace Frugal.Layers;

/// <summary>Options of two-dimensional layers that are given down and across.</summary>
internal static class Plane
{
    /// <summary>Two numbers, each at least <paramref name="least"/>; one stands for both.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are none or more than two, or one is too small.</exception>
    public static IReadOnlyList<long> Pair(IReadOnlyList<long> value, long least, string option)
    {
        ArgumentNullException.ThrowIfNull(value, option);
        return value.Count is 1 or 2 && value.All(number => number >= least)
            ? [value[0], value[^1]]
            : throw new ArgumentOutOfRangeException(
                option, string.Join(", ", value), $"{option} must be one or two numbers of at least {least}, down and across, got [{string.Join(", ", value)}]");
    }
}
