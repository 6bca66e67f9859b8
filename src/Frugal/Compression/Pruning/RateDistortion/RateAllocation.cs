namespace Frugal.Compression.Pruning;

/// <summary>
/// Shares a budget out among layers so that the sum of what each choice costs in distortion is least: a knapsack with one choice of each layer, solved exactly by dynamic programming over layers and
/// budgets (Xu et al. 2023, arXiv 2308.10438, section 3.3).
/// </summary>
/// <param name="Indexes">For each layer the chosen point of its curve; on a tie the first.</param>
/// <param name="Distortion">Sum of the chosen points' distortions.</param>
public sealed record RateAllocation(IReadOnlyList<int> Indexes, double Distortion)
{
    /// <summary>Steps that a budget is counted in at most; a larger one is counted in coarser units, so that the table fits into memory.</summary>
    public const long MostUnits = 1_000_000;

    /// <summary>Finds the best choice.</summary>
    /// <param name="distortions">For each layer the distortion of each choice.</param>
    /// <param name="costs">For each layer what each choice takes of the budget.</param>
    /// <param name="budget">What may be taken in all.</param>
    /// <param name="least">For each layer the first choice that is allowed; null for 0.</param>
    /// <exception cref="FrugalException">Even the cheapest choices take more.</exception>
    public static RateAllocation Find(IReadOnlyList<IReadOnlyList<double>> distortions, IReadOnlyList<IReadOnlyList<long>> costs, long budget, IReadOnlyList<int>? least = null)
    {
        ArgumentNullException.ThrowIfNull(distortions);
        ArgumentNullException.ThrowIfNull(costs);
        if (distortions.Count != costs.Count || distortions.Zip(costs).Any(layer => layer.First.Count != layer.Second.Count || layer.First.Count == 0))
            throw new ArgumentException("every layer needs as many costs as distortions, at least one", nameof(costs));
        long cheapest = costs.Select((layer, i) => layer.Skip(least?[i] ?? 0).Min()).Sum();
        if (cheapest > budget)
            throw new FrugalException($"A budget of {budget} cannot be met: with the least of every layer {cheapest} are taken; allow more.");
        // Rounding costs up keeps the sum within the budget.
        long unit = Math.Max(1, (Math.Min(budget, costs.Sum(layer => layer.Max())) + MostUnits - 1) / MostUnits);
        return new Table(distortions, [.. costs.Select(layer => layer.Select(cost => (cost + unit - 1) / unit).ToArray())], (int)Math.Min(budget / unit, int.MaxValue - 1), least).Best()
            ?? throw new FrugalException($"A budget of {budget} is met by the least of every layer only, which counting in units of {unit} cannot tell; allow a little more.");
    }

    /// <summary>Rows are layers, columns what is left of the budget; each entry the choice of least distortion so far with at most that much.</summary>
    private sealed class Table(IReadOnlyList<IReadOnlyList<double>> distortions, long[][] costs, int budget, IReadOnlyList<int>? least)
    {
        private readonly int columns = (int)Math.Min(budget, costs.Sum(layer => layer.Max())) + 1;

        public RateAllocation? Best()
        {
            var choices = new ushort[costs.Length][];
            double[] before = new double[columns], after = new double[columns];
            for (int layer = 0; layer < costs.Length; layer++)
            {
                choices[layer] = new ushort[columns];
                Array.Fill(after, double.PositiveInfinity);
                for (int choice = least?[layer] ?? 0; choice < costs[layer].Length; choice++)
                    Improve(before, after, choices[layer], (ushort)choice, costs[layer][choice], distortions[layer][choice]);
                (before, after) = (after, before);
            }
            if (double.IsInfinity(before[^1]))
                return null;
            var indexes = new int[costs.Length];
            long left = columns - 1;
            for (int layer = costs.Length - 1; layer >= 0; layer--)
            {
                indexes[layer] = choices[layer][left];
                left -= costs[layer][indexes[layer]];
            }
            return new(indexes, indexes.Select((index, layer) => distortions[layer][index]).Sum());
        }

        private void Improve(double[] before, double[] after, ushort[] choices, ushort choice, long cost, double distortion)
        {
            for (long left = cost; left < columns; left++)
            {
                double sum = before[left - cost] + distortion;
                // The first choice stays on a tie: it prunes least.
                if (sum < after[left])
                    (after[left], choices[left]) = (sum, choice);
            }
        }
    }
}
