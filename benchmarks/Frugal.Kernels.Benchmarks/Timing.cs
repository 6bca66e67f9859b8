namespace Frugal.Kernels.Benchmarks;

/// <summary>What one contestant took, slice by slice, in microseconds a call.</summary>
/// <param name="Wall">Elapsed time.</param>
/// <param name="Cpu">Processor time of the calling thread; empty where it cannot be read.</param>
internal sealed record Timing(double[] Wall, double[] Cpu)
{
    /// <summary>Percentile, from 0 to 1, of values that need not be sorted.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)Math.Round(share * (sorted.Length - 1))];
    }

    public double MedianWall => Percentile(Wall, 0.5);

    public double BestWall => Wall.Min();

    public double? BestCpu => Cpu.Length == 0 ? null : Cpu.Min();

    /// <summary>How many times faster this is than a peer of the same run: 5th percentile, median and 95th of the ratios of neighbouring slices.</summary>
    public (double Low, double Median, double High) TimesFasterThan(Timing peer)
    {
        var ratios = Wall.Zip(peer.Wall, (own, other) => other / own).ToArray();
        return (Percentile(ratios, 0.05), Percentile(ratios, 0.5), Percentile(ratios, 0.95));
    }

    /// <summary>The same from the best processor times.</summary>
    public double? CpuTimesFasterThan(Timing peer) => peer.BestCpu / BestCpu;
}
