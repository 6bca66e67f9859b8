namespace Frugal.Kernels;

/// <summary>The pattern of N:M weights: at most N that are neither zero nor subnormal in every M neighbouring inputs of an output.</summary>
internal static class NofMPattern
{
    /// <summary>Whether a weight has the pattern.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    public static bool Fits(ReadOnlySpan<float> weight, int inFeatures, int n, int m) => FirstMisfit(weight, inFeatures, n, m) < 0;

    /// <exception cref="FrugalException">A group has more than N weights.</exception>
    public static void Require(ReadOnlySpan<float> weight, int inFeatures, int n, int m)
    {
        if (FirstMisfit(weight, inFeatures, n, m) is >= 0 and var first)
            throw new FrugalException($"Output {first / inFeatures} has more than {n} weights in the {m} inputs from {first % inFeatures} on, so its weight is not {n}:{m} sparse.");
    }

    /// <summary>The first weight of the first group that has too many, or -1.</summary>
    private static int FirstMisfit(ReadOnlySpan<float> weight, int inFeatures, int n, int m)
    {
        for (var row = 0; row < weight.Length; row += inFeatures)
            for (var group = 0; group < inFeatures; group += m)
            {
                var count = 0;
                foreach (var value in weight.Slice(row + group, Math.Min(m, inFeatures - group)))
                    count += value == 0 || float.IsSubnormal(value) ? 0 : 1;
                if (count > n)
                    return row + group;
            }
        return -1;
    }
}
