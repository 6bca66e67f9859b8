using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>One computed tensor against the expected one.</summary>
/// <param name="Tolerance">What was allowed.</param>
/// <param name="MaxAbs">The largest absolute difference; <c>null</c> where it is no number: another shape, or NaN or infinity on one side only.</param>
/// <param name="MaxRel">That difference over the largest expected magnitude (over 1 when all expected values are 0).</param>
/// <param name="Used">The largest difference as a share of what was allowed.</param>
/// <param name="Fault">What is wrong, or <c>null</c> when the tensors agree.</param>
public sealed record GoldenComparison(Tolerance Tolerance, double? MaxAbs, double? MaxRel, double Used, string? Fault)
{
    /// <summary>Compares values, not types: an expected <c>uint8</c> mask may be computed as <c>bool</c>. Equal infinities agree, and NaN agrees with NaN.</summary>
    public static GoldenComparison Of(Tensor actual, Tensor expected, Tolerance tolerance)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(tolerance);
        if (!actual.shape.SequenceEqual(expected.shape))
            return new(tolerance, null, null, double.PositiveInfinity, $"has shape [{string.Join(", ", actual.shape)}] instead of [{string.Join(", ", expected.shape)}]");
        if (expected.NumberOfElements == 0)
            return new(tolerance, 0, 0, 0, null);
        var (a, b) = (ToDoubles(actual), ToDoubles(expected));
        var largest = b.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        return Judge(a, b, largest, tolerance);
    }

    private static GoldenComparison Judge(double[] a, double[] b, double largest, Tolerance tolerance)
    {
        double maxAbs = 0, used = 0;
        long outside = 0, worst = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var difference = a[i].Equals(b[i]) || a[i] == b[i] ? 0 : Math.Abs(a[i] - b[i]);
            if (difference == 0)
                continue;
            var allowed = tolerance.AbsolutePart + tolerance.RelativePart * Math.Abs(b[i]) + tolerance.LargestPart * Math.Max(tolerance.LargestAtLeast, largest);
            if (!(difference <= allowed))
                outside++;
            if (!double.IsFinite(difference))
                return new(tolerance, null, null, double.PositiveInfinity, Invariant($"is {a[i]} instead of {b[i]} at element {i}"));
            used = Math.Max(used, difference / allowed);
            if (difference > maxAbs)
                (maxAbs, worst) = (difference, i);
        }
        var maxRel = maxAbs / (largest > 0 ? largest : 1);
        var passes = outside <= tolerance.OutlierShare * a.Length && (outside == 0 || maxAbs <= tolerance.OutlierStep);
        return new(tolerance, maxAbs, maxRel, used, passes ? null
            : Invariant($"differs in {outside} of {a.Length} elements, most at element {worst}: {a[worst]:g9} instead of {b[worst]:g9} (allowed: {tolerance})"));
    }

    private static double[] ToDoubles(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var plain = tensor.detach().cpu();
        if (is_complex(plain))
            plain = view_as_real(plain);
        return plain.to_type(ScalarType.Float64).contiguous().data<double>().ToArray();
    }
}
