using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>
/// Whether an attention head's gradient can be had in nearly linear time: what bounds its logits, and the polynomial that they would need. The theory's threshold is √(log L): below it a nearly linear
/// algorithm exists, above it none does under the strong exponential time hypothesis (Hu et al. 2025).
/// </summary>
/// <param name="Query">Γ_Q, the largest entry of <c>|C1 W|</c>.</param>
/// <param name="Key">Γ_K, the largest entry of <c>|C2|</c>.</param>
/// <param name="Length">Tokens, L.</param>
/// <param name="Dim">Width of a head, d.</param>
/// <param name="Degree">Degree that the tolerance needs for logits up to d Γ_Q Γ_K, or null where it is above 64.</param>
/// <param name="Features">Features of that degree, or null where they are too many to count.</param>
public sealed record NormBound(double Query, double Key, long Length, long Dim, int? Degree, long? Features)
{
    private const double MostFeatures = 1e15;

    /// <summary>√(log L).</summary>
    public double Threshold => Math.Sqrt(Math.Log(Math.Max(Length, 2)));

    /// <summary>True when the chained product is cheaper than the softmax: features · dim is at most the length.</summary>
    public bool IsFast => Features is { } features && features * Dim <= Length;

    /// <summary>Measures a head.</summary>
    /// <param name="queries">C1 W, <c>[…, dim]</c>.</param>
    /// <param name="keys">C2, <c>[…, dim]</c>.</param>
    /// <param name="length">Tokens.</param>
    /// <param name="tolerance">Largest error of an entry before the softmax is divided.</param>
    public static NormBound Of(Tensor queries, Tensor keys, long length, double tolerance)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(keys);
        using var scope = NewDisposeScope();
        double query = queries.abs().max().ToDouble(), key = keys.abs().max().ToDouble();
        long dim = queries.shape[^1];
        int? degree = PolynomialFeatures.DegreeFor(dim * query * key, tolerance);
        return new(query, key, length, dim, degree, degree is { } g && Estimate(dim, g) < MostFeatures ? PolynomialFeatures.Count(dim, g) : null);
    }

    /// <summary>The measurement in a sentence, with advice.</summary>
    public override string ToString() => FormattableString.Invariant($"queries up to {Query:0.##}, keys up to {Key:0.##}, threshold {Threshold:0.##}: ") + (IsFast
        ? FormattableString.Invariant($"degree {Degree} with {Features} features is enough, and cheaper than {Length} tokens")
        : "no polynomial is cheaper than the softmax; normalise before the projections, or choose a smaller alpha");

    private static double Estimate(long dim, int degree)
    {
        double count = 1;
        for (int t = 1; t <= degree; t++)
            count *= (double)(dim + t) / t;
        return count;
    }
}
