namespace Frugal.Kernels;

/// <summary>
/// Sizes of a matrix product operator (2401.14109, section 2): cores <c>[χ_k, o_k, i_k, χ_k+1]</c> from the first to the last, applied in that order. A core meets the inputs of its own factor, while the
/// factors before it are outputs already and those behind it still inputs: these are the rows of its product.
/// </summary>
/// <param name="OutDims">o_k, the first slowest.</param>
/// <param name="InDims">i_k, the first slowest.</param>
/// <param name="Bonds">χ_k, one more than cores; the outer two are 1.</param>
internal sealed record MpoChain(int[] OutDims, int[] InDims, int[] Bonds)
{
    /// <summary>More cores than anyone uses, and few enough to try all ways of multiplying neighbours out.</summary>
    public const int MaxCores = 8;

    private const int MaxFactor = 65_536;

    /// <summary>Inputs that are filled up, and what lies between two cores, are held for one token at least.</summary>
    private const int MaxLogFeatures = 24;

    private const long MaxStateLength = 1 << MaxLogFeatures;

    /// <summary>The dense weight that it stands for is an array.</summary>
    private const int MaxLogWeight = 30;

    public int Count => OutDims.Length;

    /// <summary>Products of all factors; at least the features, which are filled up or cut.</summary>
    public long Out => Product(OutDims);

    /// <inheritdoc cref="Out"/>
    public long In => Product(InDims);

    public long MacsPerRow => Enumerable.Range(0, Count).Sum(core => (long)Rows(core) * Depth(core) * Width(core));

    /// <summary>Rows of a core's product for one token.</summary>
    public int Rows(int core) => (int)(Product(OutDims[..core]) * Rest(core));

    /// <summary>Inputs of a core's product that are summed over.</summary>
    public int Depth(int core) => Bonds[core] * InDims[core];

    /// <summary>Outputs of a core's product.</summary>
    public int Width(int core) => OutDims[core] * Bonds[core + 1];

    public int CoreLength(int core) => Depth(core) * Width(core);

    /// <summary>Input factors behind a core.</summary>
    public int Rest(int core) => (int)Product(InDims[(core + 1)..]);

    /// <summary>What is wrong with the sizes, or null.</summary>
    public string? Fault(int outFeatures, int inFeatures)
    {
        if (Count is < 2 or > MaxCores || InDims.Length != Count || Bonds.Length != Count + 1)
            return $"there are {Count} output factors, {InDims.Length} input factors and {Bonds.Length} bonds; from 2 to {MaxCores} cores have as many of both, and one bond more";
        if (OutDims.Concat(InDims).Concat(Bonds).Any(size => size is < 1 or > MaxFactor))
            return $"factors and bonds must be from 1 to {MaxFactor}";
        if (Bonds[0] != 1 || Bonds[Count] != 1)
            return $"the outer bonds are {Bonds[0]} and {Bonds[Count]}, and must be 1";
        if (LogProduct(OutDims) > MaxLogFeatures || LogProduct(InDims) > MaxLogFeatures || LogProduct(OutDims) + LogProduct(InDims) > MaxLogWeight)
            return $"its factors multiply to {string.Join("·", OutDims)} by {string.Join("·", InDims)}, which is too large to be held or written out";
        if (Out < outFeatures || In < inFeatures)
            return $"its factors multiply to {string.Join("·", OutDims)} by {string.Join("·", InDims)}, and must cover {outFeatures} outputs and {inFeatures} inputs";
        for (var core = 0; core < Count; core++)
        {
            var width = (double)OutDims[core] * Bonds[core + 1];
            if (!FloatPanels.Fits(width, (double)Bonds[core] * InDims[core]) || (width + FloatPanels.Width) * Product(OutDims[..core]) * Product(InDims[(core + 1)..]) > MaxStateLength)
                return $"core {core} or what it leaves is too large to be held";
        }
        return null;
    }

    /// <summary>The sizes where neighbours without a cut between them are multiplied out into one core.</summary>
    /// <param name="cuts">Bit k is set where core k and the next one stay apart.</param>
    public MpoChain Merged(uint cuts)
    {
        var (outDims, inDims, bonds) = (new List<int>(), new List<int>(), new List<int> { 1 });
        for (int first = 0, end; first < Count; first = end)
        {
            end = End(first, cuts);
            outDims.Add((int)Product(OutDims[first..end]));
            inDims.Add((int)Product(InDims[first..end]));
            bonds.Add(Bonds[end]);
        }
        return new([.. outDims], [.. inDims], [.. bonds]);
    }

    /// <summary>The core behind the last one that belongs to the same merged core.</summary>
    public int End(int first, uint cuts)
    {
        var end = first + 1;
        while (end < Count && (cuts >> (end - 1) & 1) == 0)
            end++;
        return end;
    }

    private static long Product(int[] factors) => factors.Aggregate(1L, (product, factor) => product * factor);

    private static double LogProduct(int[] factors) => factors.Sum(factor => Math.Log2(factor));
}
