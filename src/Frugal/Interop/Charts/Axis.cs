using System.Globalization;

namespace Frugal.Interop.Charts;

/// <summary>Maps values to positions along one side of a chart, and chooses where its marks stand.</summary>
internal sealed class Axis
{
    private readonly double low, high, from, to;
    private readonly bool isLogarithmic;

    /// <param name="values">What must fit on the axis.</param>
    /// <param name="from">Position of the low end.</param>
    /// <param name="to">Position of the high end.</param>
    /// <param name="isLogarithmic">True for equal ratios at equal distances; all values must then be positive.</param>
    /// <param name="margin">Share of the range left free at both ends.</param>
    public Axis(IEnumerable<double> values, double from, double to, bool isLogarithmic = false, double margin = 0.06)
    {
        (this.from, this.to, this.isLogarithmic) = (from, to, isLogarithmic);
        double[] scaled = [.. values.Select(Scale)];
        (low, high) = scaled.Length == 0 ? (0, 1) : (scaled.Min(), scaled.Max());
        double space = high > low ? (high - low) * margin : isLogarithmic ? 0.1 : Math.Max(Math.Abs(high) * 0.05, 1e-3);
        (low, high) = (low - space, high + space);
    }

    /// <summary>Position of a value.</summary>
    public double At(double value) => from + (Scale(value) - low) / (high - low) * (to - from);

    /// <summary>Round values within the range, about as many as asked for.</summary>
    public IEnumerable<double> Marks(int about = 5) => isLogarithmic ? LogarithmicMarks(about) : LinearMarks(about);

    private double Scale(double value) => isLogarithmic ? Math.Log10(value) : value;

    private IEnumerable<double> LinearMarks(int about)
    {
        double rough = (high - low) / about, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 };
        for (double mark = Math.Ceiling(low / step) * step; mark <= high; mark += step)
            yield return double.Parse(mark.ToString("G12", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + 0.0; // never -0
    }

    // Fewer marks a decade the more decades there are.
    private IEnumerable<double> LogarithmicMarks(int about)
    {
        double decades = high - low;
        int[] digits = decades > about ? [1] : decades > about / 3.0 ? [1, 3] : decades > 0.6 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
        for (int power = (int)Math.Floor(low); power <= Math.Ceiling(high); power++)
        {
            foreach (int digit in digits)
            {
                double mark = digit * Math.Pow(10, power);
                if (Math.Log10(mark) >= low && Math.Log10(mark) <= high)
                    yield return mark;
            }
        }
    }
}
