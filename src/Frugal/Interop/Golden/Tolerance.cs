using static System.FormattableString;

namespace Frugal.Interop;

/// <summary>
/// How far computed values <c>a</c> may be from expected values <c>b</c>. Each element may differ by
/// <c>absolute + relative·|b| + ofLargest·max(atLeast, max|b|)</c>; a share of the elements may differ more, up to a step.
/// </summary>
public sealed record Tolerance
{
    private Tolerance() { }

    /// <summary>Every value must be equal.</summary>
    public static Tolerance Exact { get; } = new();

    /// <summary>The part that does not depend on the values.</summary>
    public double AbsolutePart { get; private init; }

    /// <summary>The part in proportion to each expected value.</summary>
    public double RelativePart { get; private init; }

    /// <summary>The part in proportion to the largest expected magnitude.</summary>
    public double LargestPart { get; private init; }

    /// <summary>What the largest magnitude counts as at least.</summary>
    public double LargestAtLeast { get; private init; }

    /// <summary>The share of elements, 0 to 1, that may lie outside.</summary>
    public double OutlierShare { get; private init; }

    /// <summary>How far those elements may be off.</summary>
    public double OutlierStep { get; private init; }

    /// <summary>The leading number, for tables: <c>1e-5</c>; 0 when exact.</summary>
    public double Value => RelativePart > 0 ? RelativePart : LargestPart > 0 ? LargestPart : AbsolutePart > 0 ? AbsolutePart : OutlierStep;

    /// <summary>|a−b| ≤ <paramref name="tolerance"/>, element by element.</summary>
    public static Tolerance Absolute(double tolerance) => new() { AbsolutePart = Guard.NotNegative(tolerance) };

    /// <summary>|a−b| ≤ <paramref name="tolerance"/>·|b| + <paramref name="absolute"/>, element by element.</summary>
    public static Tolerance Relative(double tolerance, double absolute = 0) =>
        new() { RelativePart = Guard.NotNegative(tolerance), AbsolutePart = Guard.NotNegative(absolute) };

    /// <summary>max|a−b| ≤ <paramref name="tolerance"/>·max(<paramref name="atLeast"/>, max|b|): the usual measure for float32 networks.</summary>
    public static Tolerance OfLargest(double tolerance, double atLeast = 0) =>
        new() { LargestPart = Guard.NotNegative(tolerance), LargestAtLeast = Guard.NotNegative(atLeast) };

    /// <summary>The same, but a <paramref name="share"/> of the elements may be off by up to <paramref name="step"/>, as rounding does to pixels.</summary>
    public Tolerance WithOutliers(double share, double step) => this with { OutlierShare = Guard.Between(share, 0, 1), OutlierStep = Guard.NotNegative(step) };

    /// <summary>As a formula: <c>2e-05·max(1, max|b|)</c>.</summary>
    public override string ToString()
    {
        List<string> parts = [];
        if (RelativePart > 0)
            parts.Add(Invariant($"{RelativePart:g}·|b|"));
        if (LargestPart > 0)
            parts.Add(LargestAtLeast > 0 ? Invariant($"{LargestPart:g}·max({LargestAtLeast:g}, max|b|)") : Invariant($"{LargestPart:g}·max|b|"));
        if (AbsolutePart > 0)
            parts.Add(Invariant($"{AbsolutePart:g}"));
        var body = parts.Count == 0 ? "exact" : string.Join(" + ", parts);
        return OutlierShare > 0 ? Invariant($"{body}, at most {OutlierShare:p0} off by up to {OutlierStep:g}") : body;
    }
}
