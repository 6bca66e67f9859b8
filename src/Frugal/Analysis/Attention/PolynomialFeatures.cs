using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>
/// Features whose products are the exponential's Taylor polynomial: φ(z) has the entry <c>z^a / √(a!)</c> for each multi-index a of total degree up to g, so that
/// <c>φ(u)·φ(v) = Σ_{t ≤ g} (u·v)^t / t!</c>.
/// </summary>
public static class PolynomialFeatures
{
    /// <summary>Number of features: <c>(d + g)! / (d! g!)</c>.</summary>
    public static long Count(long dim, int degree)
    {
        long count = 1;
        for (int t = 1; t <= degree; t++)
            count = checked(count * (dim + t) / t);
        return count;
    }

    /// <summary>
    /// The features of each row, by degree, and within a degree in the order of their sorted indexes: (0,0), (0,1), …, (1,1), …
    /// </summary>
    /// <param name="rows"><c>[rows, dim]</c>.</param>
    /// <param name="degree">g, at least 0.</param>
    /// <returns><c>[rows, features]</c>.</returns>
    public static Tensor Of(Tensor rows, int degree)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Guard.Between(degree, 0, 64, nameof(degree));
        using var scope = NewDisposeScope();
        int dim = (int)rows.shape[1];
        var monomials = new List<Monomial> { new(-1, 0, 0) };
        var features = new List<Tensor> { ones([rows.shape[0], 1], rows.dtype, rows.device) };
        for (int t = 1; t <= degree; t++)
        {
            // A monomial of the next degree is one of this degree times a variable that is not before its last: one multiplication each.
            monomials = [.. monomials.SelectMany((monomial, parent) => Enumerable.Range(Math.Max(monomial.Last, 0), dim - Math.Max(monomial.Last, 0))
                .Select(variable => new Monomial(variable, variable == monomial.Last ? monomial.Power + 1 : 1, parent)))];
            var parents = tensor(monomials.Select(monomial => (long)monomial.Parent).ToArray(), device: rows.device);
            var variables = tensor(monomials.Select(monomial => (long)monomial.Last).ToArray(), device: rows.device);
            var scales = tensor(monomials.Select(monomial => 1 / Math.Sqrt(monomial.Power)).ToArray(), rows.dtype, rows.device);
            features.Add(features[^1].index_select(1, parents) * rows.index_select(1, variables) * scales);
        }
        return cat([.. features], 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The smallest even degree whose Taylor remainder is below a tolerance for logits up to a bound: <c>z^{g+1} / (g+1)! e^z ≤ ε</c>. Odd degrees may give a negative sum for large negative logits.
    /// </summary>
    /// <param name="largestLogit">Bound on the logits' magnitude, z.</param>
    /// <param name="tolerance">ε, above 0.</param>
    /// <returns>The degree, or null where it would be above 64.</returns>
    public static int? DegreeFor(double largestLogit, double tolerance)
    {
        Guard.NotNegative(largestLogit, nameof(largestLogit));
        Guard.Positive(tolerance, nameof(tolerance));
        double term = largestLogit * Math.Exp(largestLogit);
        for (int degree = 0; degree <= 64; degree++)
        {
            if (degree % 2 == 0 && term <= tolerance)
                return degree;
            term *= largestLogit / (degree + 2);
        }
        return null;
    }

    // The last variable of the sorted product, its power, and the place of the product without it in the degree below.
    private readonly record struct Monomial(int Last, int Power, int Parent);
}
