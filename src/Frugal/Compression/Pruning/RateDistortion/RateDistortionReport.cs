using static System.FormattableString;

namespace Frugal.Compression.Pruning;

/// <summary>What rate-distortion pruning has done.</summary>
/// <param name="Curves">What pruning each layer alone does to the outputs.</param>
/// <param name="Allocation">The point of each curve that was chosen.</param>
/// <param name="Distortion">The outputs' distortion with all layers pruned; were the layers independent, it would be the allocation's sum.</param>
public sealed record RateDistortionReport(IReadOnlyList<DistortionCurve> Curves, RateAllocation Allocation, double Distortion)
{
    /// <summary>Share of each layer's weights that is zero now, in the order of <see cref="Curves"/>.</summary>
    public IReadOnlyList<double> Amounts => [.. Curves.Zip(Allocation.Indexes, (curve, index) => (double)index / curve.Grid)];

    /// <summary>Share of all weights that is zero now.</summary>
    public double Sparsity => 1 - (double)Curves.Zip(Allocation.Indexes, (curve, index) => curve.Kept[index]).Sum() / Curves.Sum(curve => curve.NumWeights);

    /// <summary>A line a layer, and one for the whole.</summary>
    public IEnumerable<string> Lines => Curves.Zip(Amounts, (curve, amount) => Invariant($"'{curve.Name}' loses {amount:P0} of {curve.NumWeights} weights"))
        .Append(Invariant($"outputs change by {Distortion:0.###e+0} (mean square), {Allocation.Distortion:0.###e+0} were foretold; {Sparsity:P1} of the weights are zero"));
}
