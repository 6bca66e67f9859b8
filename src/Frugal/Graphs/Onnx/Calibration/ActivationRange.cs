namespace Frugal.Graphs.Onnx.Calibration;

/// <summary>The values that an activation's steps cover. It contains zero, which padding and cut activations need exactly.</summary>
/// <param name="Low">Smallest value, at most 0.</param>
/// <param name="High">Largest value, at least 0.</param>
internal readonly record struct ActivationRange(double Low, double High)
{
    // Ends are tried at these parts of the largest range; below a tenth there is nothing left to gain.
    private const int Trials = 37;

    private const double Stride = 0.025;

    /// <summary>The smallest range with zero that contains both.</summary>
    public static ActivationRange Around(double low, double high) => new(Math.Min(low, 0), Math.Max(high, 0));

    /// <summary>The range that cuts off at most <c>100 - percentile</c> percent of the values at each end.</summary>
    public static ActivationRange Percentile(ActivationHistogram histogram, double percentile)
    {
        var spare = (long)(histogram.Total * (100 - percentile) / 100);
        int first = 0, last = histogram.Counts.Count - 1;
        for (var cut = histogram.Counts[first]; cut <= spare && first < last; cut += histogram.Counts[first])
            first++;
        for (var cut = histogram.Counts[last]; cut <= spare && last > first; cut += histogram.Counts[last])
            last--;
        return Around(histogram.Edge(first), histogram.Edge(last + 1));
    }

    /// <summary>The range with the least mean squared error, each end drawn in by itself.</summary>
    public static ActivationRange LeastSquares(ActivationHistogram histogram)
    {
        var whole = Around(histogram.Low, histogram.High);
        return Ends(whole.Low).SelectMany(low => Ends(whole.High).Select(high => new ActivationRange(low, high))).MinBy(range => Error(histogram, range));
    }

    private static IEnumerable<double> Ends(double end) => end == 0 ? [0] : Enumerable.Range(0, Trials).Select(i => end * (1 - i * Stride));

    private static double Error(ActivationHistogram histogram, ActivationRange range)
    {
        var (code, error) = (ActivationCode.Of(range), 0.0);
        for (var bin = 0; bin < histogram.Counts.Count; bin++)
        {
            var difference = code.Rounded(histogram.Centre(bin)) - histogram.Centre(bin);
            error += histogram.Counts[bin] * difference * difference;
        }
        return error;
    }
}
