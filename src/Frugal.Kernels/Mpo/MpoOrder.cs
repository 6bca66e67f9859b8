namespace Frugal.Kernels;

/// <summary>
/// The order in which the cores of an operator are multiplied: with large bonds it costs less to multiply some neighbours with each other once, when the layer is packed, than to apply them one after the other
/// to every row. All ways that leave at least two cores are compared by their multiply-adds.
/// </summary>
internal static class MpoOrder
{
    /// <summary>Where the cores stay apart in the way with the fewest multiply-adds; among equals the one with the most cores.</summary>
    public static uint Cheapest(MpoChain chain, int outFeatures, int inFeatures)
    {
        var apart = (1u << (chain.Count - 1)) - 1;
        var (best, least) = (apart, chain.MacsPerRow);
        for (var cuts = apart; cuts > 0; cuts--)
        {
            var merged = chain.Merged(cuts);
            if (merged.Fault(outFeatures, inFeatures) is null && merged.MacsPerRow < least)
                (best, least) = (cuts, merged.MacsPerRow);
        }
        return best;
    }

    /// <summary>The cores with neighbours multiplied out, each sum in double precision.</summary>
    public static IReadOnlyList<float[]> Merge(MpoChain chain, IReadOnlyList<float[]> cores, uint cuts)
    {
        var merged = new List<float[]>();
        for (int first = 0, end; first < chain.Count; first = end)
        {
            end = chain.End(first, cuts);
            merged.Add(end == first + 1 ? cores[first] : Product(chain, cores, first, end));
        }
        return merged;
    }

    /// <summary>The cores from one to before another as one, <c>[χ, o…, i…, χ']</c>.</summary>
    public static float[] Product(MpoChain chain, IReadOnlyList<float[]> cores, int first, int end)
    {
        var product = Array.ConvertAll(cores[first], value => (double)value);
        var (outs, ins) = (chain.OutDims[first], chain.InDims[first]);
        for (var core = first + 1; core < end; core++)
        {
            product = Times(product, chain.Bonds[first] * outs, ins, chain.Bonds[core], cores[core], chain.OutDims[core], chain.InDims[core], chain.Bonds[core + 1]);
            (outs, ins) = (outs * chain.OutDims[core], ins * chain.InDims[core]);
        }
        return Array.ConvertAll(product, value => (float)value);
    }

    /// <summary><c>[χ·o, i, β] × [β, o', i', χ'] → [χ·o, o', i, i', χ']</c>.</summary>
    private static double[] Times(double[] left, int leftOuts, int leftIns, int bond, float[] right, int rightOuts, int rightIns, int rightBond)
    {
        var product = new double[checked(left.Length / bond * rightOuts * rightIns * rightBond)];
        for (var o = 0; o < leftOuts; o++)
            for (var i = 0; i < leftIns; i++)
                for (var b = 0; b < bond; b++)
                {
                    var value = left[(o * leftIns + i) * bond + b];
                    for (var p = 0; p < rightOuts; p++)
                        for (var j = 0; j < rightIns * rightBond; j++)
                            product[((o * rightOuts + p) * leftIns + i) * rightIns * rightBond + j] += value * right[(b * rightOuts + p) * rightIns * rightBond + j];
                }
        return product;
    }
}
