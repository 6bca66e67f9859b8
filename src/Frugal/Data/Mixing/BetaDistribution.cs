namespace Frugal.Data.Mixing;

/// <summary>The symmetric beta distribution.</summary>
internal static class BetaDistribution
{
    /// <summary>A number from Beta(α, α), α above 0.</summary>
    public static double Draw(double alpha, RandomStream random)
    {
        // In logarithms: for a small alpha both gamma numbers may be too small to divide.
        double a = LogGamma(alpha, random), b = LogGamma(alpha, random);
        return 1 / (1 + Math.Exp(b - a));
    }

    // Logarithm of a gamma number of this shape (Marsaglia and Tsang 2000); below 1 by shape + 1 and a power of a uniform number.
    private static double LogGamma(double shape, RandomStream random)
    {
        if (shape < 1)
            return LogGamma(shape + 1, random) + Math.Log(1 - random.NextDouble()) / shape;
        double d = shape - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = random.NextNormal(), root = 1 + c * x;
            if (root <= 0)
                continue;
            double v = root * root * root;
            if (Math.Log(1 - random.NextDouble()) < 0.5 * x * x + d * (1 - v + Math.Log(v)))
                return Math.Log(d * v);
        }
    }
}
