namespace Frugal.Studies;

/// <summary>Summaries of a few repeated measurements.</summary>
internal static class Statistics
{
    /// <summary>Standard deviation with n - 1 in the denominator, or null for fewer than two values.</summary>
    public static double? StandardDeviation(IReadOnlyCollection<double> values)
    {
        if (values.Count < 2)
            return null;
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }

    /// <summary>The value below which the given share of the values lies, interpolated between neighbours.</summary>
    public static double Quantile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length
            ? sorted[below] + (position - below) * (sorted[below + 1] - sorted[below])
            : sorted[^1];
    }

    /// <summary>The middle value.</summary>
    public static double Median(IEnumerable<double> values) => Quantile(values, 0.5);
}
