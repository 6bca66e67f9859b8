using Frugal.Graphs.Onnx.Calibration;

namespace Frugal.Tests.Graphs.Onnx.Calibration;

/// <summary>Each way to find a range, against a loop over the values themselves.</summary>
public class ActivationRangeTests
{
    private static float[] Values(int count, double outlier = 0)
    {
        var random = new RandomStreams(3).At("values");
        float[] values = [.. Enumerable.Range(0, count).Select(_ => (float)random.NextNormal())];
        if (outlier != 0)
            values[0] = (float)outlier;
        return values;
    }

    private static ActivationHistogram Histogram(float[] values)
    {
        var histogram = new ActivationHistogram(values.Min(), values.Max());
        histogram.Add(values);
        return histogram;
    }

    private static double MeanSquare(float[] values, ActivationRange range)
    {
        var scale = (float)((range.High - range.Low) / 255);
        var zero = Math.Round(-range.Low / scale);
        return values.Average(value =>
        {
            var rounded = (Math.Clamp(Math.Round(value / (double)scale) + zero, 0, 255) - zero) * scale;
            return (rounded - value) * (rounded - value);
        });
    }

    [Theory]
    [InlineData(-2, 3, -2, 3)]
    [InlineData(1, 3, 0, 3)]
    [InlineData(-3, -1, -3, 0)]
    public void Contains_zero(double low, double high, double expectedLow, double expectedHigh) =>
        Assert.Equal(new ActivationRange(expectedLow, expectedHigh), ActivationRange.Around(low, high));

    [Fact]
    public void The_whole_range_is_from_the_smallest_to_the_largest_value()
    {
        var values = Values(1000, outlier: 40);
        var histogram = Histogram(values);
        Assert.Equal(values.Min(), histogram.Low);
        Assert.Equal(40, histogram.High);
        Assert.Equal(1000, histogram.Total);
    }

    [Theory]
    [InlineData(99)]
    [InlineData(95)]
    [InlineData(75)]
    public void A_percentile_leaves_out_that_share_at_either_end(double percentile)
    {
        var values = Values(20_000);
        float[] sorted = [.. values.Order()];
        var spare = (int)(values.Length * (100 - percentile) / 100);
        var range = ActivationRange.Percentile(Histogram(values), percentile);
        var bin = (sorted[^1] - sorted[0]) / 2048;
        Assert.InRange(range.Low, sorted[spare] - bin, sorted[spare] + bin);
        Assert.InRange(range.High, sorted[^(spare + 1)] - bin, sorted[^(spare + 1)] + bin);
    }

    [Fact]
    public void A_percentile_of_100_leaves_out_nothing()
    {
        var values = Values(1000, outlier: 40);
        var range = ActivationRange.Percentile(Histogram(values), 100);
        Assert.Equal(values.Min(), range.Low, 1e-4);
        Assert.Equal(40, range.High, 1e-4);
    }

    [Fact]
    public void A_percentile_cuts_an_outlier() => Assert.InRange(ActivationRange.Percentile(Histogram(Values(20_000, outlier: 1000)), 99.99).High, 2, 6);

    [Fact]
    public void Least_squares_finds_what_a_search_over_the_values_finds()
    {
        // One large value among so many: cutting a little off it is worth the finer steps for the others.
        var values = Values(20_000, outlier: 10);
        var found = ActivationRange.LeastSquares(Histogram(values));
        double low = values.Min(), high = values.Max();
        var best = Enumerable.Range(0, 37).SelectMany(i => Enumerable.Range(0, 37).Select(j => MeanSquare(values, new(low * (1 - i * 0.025), high * (1 - j * 0.025))))).Min();
        Assert.InRange(MeanSquare(values, found), best, best * 1.05);
        Assert.True(MeanSquare(values, found) < MeanSquare(values, new(low, high)), "nothing was cut");
    }

    [Fact]
    public void Values_that_are_all_the_same_have_a_range()
    {
        float[] values = [2, 2, 2];
        Assert.Equal(new ActivationRange(0, 2), ActivationRange.LeastSquares(Histogram(values)));
        Assert.Equal(new ActivationRange(0, 2), ActivationRange.Percentile(Histogram(values), 99));
    }
}
