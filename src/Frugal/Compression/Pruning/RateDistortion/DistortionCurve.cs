namespace Frugal.Compression.Pruning;

/// <summary>What pruning one layer does to the network's outputs (Xu et al. 2023, section 3.1).</summary>
/// <param name="Name">The weight's name, e.g. <c>conv1.weight</c>.</param>
/// <param name="NumWeights">Number of its weights.</param>
/// <param name="CostPerWeight">What a weight that is kept takes of the budget: 1, or the positions of the output that it is multiplied at.</param>
/// <param name="Distortions">The outputs' distortion for each share <c>0, 1/K, …, 1</c> of the weights that is zero.</param>
public sealed record DistortionCurve(string Name, long NumWeights, long CostPerWeight, IReadOnlyList<double> Distortions)
{
    // So that 0.58 · 100, which is a little less in binary, counts as 58.
    private const double Slack = 1e-9;

    /// <summary>Steps of the grid, K.</summary>
    public int Grid => Distortions.Count - 1;

    /// <summary>Weights that are kept at each point of the grid.</summary>
    public IReadOnlyList<long> Kept { get; } = [.. Enumerable.Range(0, Distortions.Count).Select(index => NumWeights - CountPruned(NumWeights, index, Distortions.Count - 1))];

    /// <summary>What each point of the grid takes of the budget.</summary>
    public IReadOnlyList<long> Costs => [.. Kept.Select(kept => kept * CostPerWeight)];

    /// <summary>Number of weights that are zero at a point of the grid: <c>⌊index / grid · count⌋</c>.</summary>
    public static long CountPruned(long count, int index, int grid) => (long)Math.Floor((double)index / grid * count + Slack);
}
