namespace Frugal.Graphs.Onnx.Calibration;

/// <summary>How often the values of a tensor fell where, over all calibration examples: equal bins from the smallest to the largest.</summary>
internal sealed class ActivationHistogram
{
    private readonly long[] counts;
    private readonly double width;

    /// <param name="low">Smallest value, or below.</param>
    /// <param name="high">Largest value, or above.</param>
    /// <param name="bins">Number of bins.</param>
    public ActivationHistogram(double low, double high, int bins = 2048)
    {
        (Low, High) = (low, high);
        counts = new long[bins];
        width = (high - low) / bins;
    }

    public double Low { get; }

    public double High { get; }

    /// <summary>Number of values.</summary>
    public long Total { get; private set; }

    /// <summary>Values by bin.</summary>
    public IReadOnlyList<long> Counts => counts;

    public void Add(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            counts[width > 0 ? Math.Clamp((int)((value - Low) / width), 0, counts.Length - 1) : 0]++;
        Total += values.Length;
    }

    /// <summary>The value where a bin begins.</summary>
    public double Edge(int bin) => Low + bin * width;

    /// <summary>The value in the middle of a bin.</summary>
    public double Centre(int bin) => Low + (bin + 0.5) * width;
}
