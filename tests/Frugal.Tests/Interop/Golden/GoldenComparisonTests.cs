using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Tests.Interop.Golden;

public class GoldenComparisonTests
{
    private static GoldenComparison Compare(double[] actual, double[] expected, Tolerance tolerance)
    {
        using var a = tensor(actual);
        using var b = tensor(expected);
        return GoldenComparison.Of(a, b, tolerance);
    }

    private static bool Passes(double[] actual, double[] expected, Tolerance tolerance) => Compare(actual, expected, tolerance).Fault is null;

    [Fact]
    public void Exact_means_equal()
    {
        Assert.True(Passes([1, 2], [1, 2], Tolerance.Exact));
        Assert.False(Passes([1, 2], [1, Math.BitIncrement(2)], Tolerance.Exact));
        Assert.True(Passes([0.0], [-0.0], Tolerance.Exact));
    }

    [Fact]
    public void Absolute_and_relative_are_per_element()
    {
        Assert.True(Passes([1.5], [1], Tolerance.Absolute(0.5)));
        Assert.False(Passes([1.51], [1], Tolerance.Absolute(0.5)));
        Assert.True(Passes([101, 0], [100, 0], Tolerance.Relative(0.01)));
        Assert.False(Passes([100, 0.001], [100, 0], Tolerance.Relative(0.01)));
        Assert.True(Passes([100, 0.001], [100, 0], Tolerance.Relative(0.01, absolute: 0.001)));
    }

    [Fact]
    public void Of_the_largest_is_per_tensor()
    {
        Assert.True(Passes([100, 1], [100, 0], Tolerance.OfLargest(0.01)));
        Assert.False(Passes([0.1, 0.002], [0.1, 0], Tolerance.OfLargest(0.01)));
        Assert.True(Passes([0.1, 0.002], [0.1, 0], Tolerance.OfLargest(0.01, atLeast: 1)));
    }

    [Fact]
    public void Outliers_are_few_and_near()
    {
        var tolerance = Tolerance.Exact.WithOutliers(share: 0.25, step: 1);
        Assert.True(Passes([1, 2, 3, 5], [1, 2, 3, 4], tolerance));
        Assert.False(Passes([1, 2, 4, 5], [1, 2, 3, 4], tolerance));
        Assert.False(Passes([1, 2, 3, 6], [1, 2, 3, 4], tolerance));
    }

    [Fact]
    public void What_is_not_a_number_agrees_only_with_itself()
    {
        Assert.True(Passes([double.NaN, double.PositiveInfinity], [double.NaN, double.PositiveInfinity], Tolerance.Exact));
        foreach (var wrong in new[] { double.NaN, double.NegativeInfinity, 0 })
        {
            var result = Compare([wrong], [double.PositiveInfinity], Tolerance.Relative(1e9, absolute: 1e9));
            Assert.NotNull(result.Fault);
            Assert.Null(result.MaxAbs);
        }
        Assert.False(Passes([double.NaN], [1], Tolerance.Absolute(double.MaxValue)));
    }

    [Fact]
    public void Another_shape_is_named()
    {
        using var scope = NewDisposeScope();
        var result = GoldenComparison.Of(zeros(2, 3), zeros(3, 2), Tolerance.Absolute(1));
        Assert.Equal("has shape [2, 3] instead of [3, 2]", result.Fault);
    }

    [Fact]
    public void Types_may_differ_when_values_do_not()
    {
        using var scope = NewDisposeScope();
        Assert.Null(GoldenComparison.Of(tensor(new[] { true, false }), tensor(new byte[] { 1, 0 }), Tolerance.Exact).Fault);
        Assert.Null(GoldenComparison.Of(zeros(0, 3), zeros(0, 3), Tolerance.Exact).Fault);
    }

    [Fact]
    public void Formula_is_printed()
    {
        Assert.Equal("exact", Tolerance.Exact.ToString());
        Assert.Equal("2e-05·max(1, max|b|)", Tolerance.OfLargest(2e-5, atLeast: 1).ToString());
        Assert.Equal("0.001·|b| + 1e-07", Tolerance.Relative(1e-3, 1e-7).ToString());
        Assert.Equal("exact, at most 6 % off by up to 1", Tolerance.Exact.WithOutliers(0.06, 1).ToString());
    }
}
