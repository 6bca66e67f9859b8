namespace Frugal.Layers;

/// <summary>
/// How the axes of a weight <c>[out, in]</c> are cut for a matrix product operator: <c>out = o_1 … o_n</c> and <c>in = i_1 … i_n</c>, the first factor slowest.
/// </summary>
/// <param name="OutDims">o_1 … o_n; their product is at least the outputs, which are filled up with zeros.</param>
/// <param name="InDims">i_1 … i_n; their product is at least the inputs, which are filled up with zeros.</param>
public sealed record MpoShape(IReadOnlyList<long> OutDims, IReadOnlyList<long> InDims)
{
    /// <summary>Number of cores, n.</summary>
    public int Count => OutDims.Count;

    /// <summary>Product of the output factors.</summary>
    public long Out => Product(OutDims);

    /// <summary>Product of the input factors.</summary>
    public long In => Product(InDims);

    /// <summary>
    /// Factors as equal as can be, the outputs' rising and the inputs' falling, so that each core has about as many pairs. A number that does not divide into so many factors is filled up to the next
    /// one that does.
    /// </summary>
    public static MpoShape Of(long outFeatures, long inFeatures, int numCores)
    {
        Guard.Between(numCores, 1, 6, nameof(numCores));
        return new(Factors(outFeatures, numCores), [.. Factors(inFeatures, numCores).Reverse()]);
    }

    /// <summary>Bond dimensions χ_0 … χ_n for a largest bond: 1 at both ends, and nowhere more than the singular values there are.</summary>
    public IReadOnlyList<long> Bonds(long largest)
    {
        Guard.AtLeast(largest, 1, nameof(largest));
        long[] bonds = new long[Count + 1];
        bonds[0] = bonds[Count] = 1;
        for (int k = 1; k < Count; k++)
            bonds[k] = Math.Min(largest, Math.Min(bonds[k - 1] * OutDims[k - 1] * InDims[k - 1], Product(OutDims.Skip(k)) * Product(InDims.Skip(k))));
        return bonds;
    }

    /// <summary>The bond that leaves every weight exact.</summary>
    public long FullBond => Bonds(long.MaxValue).Max();

    /// <summary>Entries of all cores for a largest bond.</summary>
    public long NumParameters(long largest)
    {
        var bonds = Bonds(largest);
        return Enumerable.Range(0, Count).Sum(k => bonds[k] * OutDims[k] * InDims[k] * bonds[k + 1]);
    }

    /// <summary>The largest bond whose cores have at most so many entries, or 0 where a bond of 1 has more.</summary>
    public long LargestBond(double parameters)
    {
        long low = 0, high = FullBond;
        while (low < high)
        {
            long middle = low + (high - low + 1) / 2;
            (low, high) = NumParameters(middle) <= parameters ? (middle, high) : (low, middle - 1);
        }
        return low;
    }

    /// <summary>Multiply-adds of a row when the cores are applied from the first to the last, or from the last to the first.</summary>
    public long MacsPerRow(IReadOnlyList<long> bonds, bool fromFirst)
    {
        ArgumentNullException.ThrowIfNull(bonds);
        return Enumerable.Range(0, Count).Sum(k =>
        {
            // What has been computed already has output factors, what is still to come has input factors.
            long before = Product((fromFirst ? OutDims : InDims).Take(k)), after = Product((fromFirst ? InDims : OutDims).Skip(k + 1));
            return before * bonds[k] * OutDims[k] * InDims[k] * bonds[k + 1] * after;
        });
    }

    private static long[] Factors(long number, int count)
    {
        for (long filled = Math.Max(number, 1L << Math.Min(count - 1, 62)); ; filled++)
            if (Split(filled, count, least: count == 1 ? 1 : 2) is { } factors)
                return factors;
    }

    // The rising factors of a number with the smallest largest one, or null where it has not so many.
    private static long[]? Split(long number, int count, long least)
    {
        if (count == 1)
            return number >= least ? [number] : null;
        long[]? best = null;
        for (long factor = least; Math.Pow(factor, count) <= number * (1 + 1e-9); factor++)
            if (number % factor == 0 && Split(number / factor, count - 1, factor) is { } rest && (best is null || rest[^1] < best[^1] || rest[^1] == best[^1] && factor > best[0]))
                best = [factor, .. rest];
        return best;
    }

    private static long Product(IEnumerable<long> factors) => factors.Aggregate(1L, (product, factor) => product * factor);
}
