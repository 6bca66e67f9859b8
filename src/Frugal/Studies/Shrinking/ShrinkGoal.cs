using System.Globalization;
using Frugal.Recipes;
using Frugal.Studies.Results;
using static System.FormattableString;

namespace Frugal.Studies.Shrinking;

/// <summary>How small a network is to become.</summary>
/// <param name="Share">What may be left of the original, above 0 and below 1.</param>
/// <param name="Measure">Of what.</param>
public readonly record struct ShrinkGoal(double Share, ShrinkMeasure Measure = ShrinkMeasure.Bytes)
{
    // A goal is in whole percents, and what rounds to it has reached it.
    private const double Rounding = 0.005;

    /// <summary>Reads a share: <c>25%</c> or <c>0.25</c>.</summary>
    /// <exception cref="FormatException">The text is neither, or not between 0 and 1.</exception>
    public static double ParseShare(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string number = text.TrimEnd();
        bool isPercent = number.EndsWith('%');
        return double.TryParse(isPercent ? number[..^1] : number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && (isPercent ? value / 100 : value) is > 0 and < 1 and var share
            ? share
            : throw new FormatException($"'{text}' is no share of the original: write 25% or 0.25, above 0 and below 1");
    }

    /// <summary>What an arm has left of the original, or null where that was not measured.</summary>
    public double? ShareOf(ArmResult arm, ArmResult original)
    {
        ArgumentNullException.ThrowIfNull(arm);
        ArgumentNullException.ThrowIfNull(original);
        return Measure switch
        {
            ShrinkMeasure.Latency => 1 / arm.Latency.FirstOrDefault(latency => latency.BatchSize == 1)?.Ratio,
            ShrinkMeasure.Parameters => arm.Mean(Metric.Parameters) / original.Mean(Metric.Parameters),
            ShrinkMeasure.Flops => arm.Mean(Metric.Flops) / original.Mean(Metric.Flops),
            _ => arm.Mean(Metric.Bytes) / original.Mean(Metric.Bytes),
        };
    }

    /// <summary>Whether a share of the original is small enough, rounded to whole percents.</summary>
    public bool IsMetBy(double share) => share <= Share + Rounding;

    /// <summary>As a person would say it: <c>25 % of the original's bytes</c>.</summary>
    public override string ToString() => Invariant($"{Share * 100:0.#} % of the original's {Unit}");

    /// <summary>The measure in a word.</summary>
    public string Unit => Measure switch
    {
        ShrinkMeasure.Bytes => "bytes",
        ShrinkMeasure.Parameters => "parameters",
        ShrinkMeasure.Flops => "multiply-adds",
        _ => "latency",
    };
}
