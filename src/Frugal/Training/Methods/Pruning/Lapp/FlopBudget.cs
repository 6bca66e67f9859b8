using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>The multiply-adds of a network with learned thresholds, and what they may be.</summary>
/// <param name="Fixed">Multiply-adds of all that is not pruned.</param>
/// <param name="Units">The convolutions with thresholds.</param>
internal sealed record FlopBudget(long Fixed, IReadOnlyList<PrunableUnit> Units)
{
    /// <summary>Multiply-adds of the network as it was, without bypasses.</summary>
    public long Full => Fixed + Units.Sum(unit => unit.Full);

    /// <summary>Multiply-adds with so many filters kept of each unit, bypasses included.</summary>
    public long Of(IEnumerable<long> kept)
    {
        long[] counts = [.. kept];
        return Fixed + Units.Select((unit, i) => unit.PerPair * (unit.Producer is { } producer ? counts[producer] : unit.InChannels) * counts[i] + unit.Bypass).Sum();
    }

    /// <summary>The same for masks, as a number that can be differentiated.</summary>
    public Tensor Of(IReadOnlyList<Tensor> masks)
    {
        List<Tensor> counts = [.. masks.Select(mask => mask.to(float64).sum())];
        var total = Units.Select((unit, i) => (unit.Producer is { } producer ? counts[i] * counts[producer] * unit.PerPair : counts[i] * (unit.PerPair * unit.InChannels))).Aggregate((sum, part) => sum + part);
        return total + (Fixed + Units.Sum(unit => unit.Bypass));
    }

    /// <summary>
    /// <c>λ max(0, R - 1)² + λ₁ max(0, R - 1)</c> with <c>R = F / target</c>: what the thresholds are driven by as long as the network is too large.
    /// </summary>
    public Tensor Constraint(IReadOnlyList<Tensor> masks, double target, double lambda, double linear)
    {
        var excess = (Of(masks) / target - 1).clamp_min(0);
        return excess.square() * lambda + excess * linear;
    }

    /// <summary>
    /// How many filters stay when all thresholds rise by the same least amount that meets the target; a unit keeps the filters that it must.
    /// </summary>
    /// <param name="scores">The filters' scores, by unit.</param>
    /// <param name="thresholds">The thresholds.</param>
    /// <param name="least">Filters that each unit keeps at least.</param>
    /// <param name="target">Multiply-adds at most.</param>
    /// <returns>The filters kept of each unit, and the rise.</returns>
    /// <exception cref="FrugalException">Even the least filters are too many.</exception>
    public (long[] Kept, double Rise) Project(IReadOnlyList<double[]> scores, IReadOnlyList<double> thresholds, IReadOnlyList<long> least, double target)
    {
        long[] kept = [.. scores.Select((unit, i) => (long)unit.Count(score => score >= thresholds[i]))];
        double rise = 0;
        // Filters in the order in which rising thresholds switch them off.
        var order = scores.SelectMany((unit, i) => unit.Where(score => score >= thresholds[i]).Select(score => (Unit: i, Distance: score - thresholds[i]))).OrderBy(filter => filter.Distance);
        foreach (var (unit, distance) in order)
        {
            if (Of(kept) <= target)
                return (kept, rise);
            if (kept[unit] <= least[unit])
                continue;
            kept[unit]--;
            rise = Math.BitIncrement(distance);
        }
        return Of(kept) <= target
            ? (kept, rise)
            : throw new FrugalException(FormattableString.Invariant(
                $"{target / Full:0.###} of the multiply-adds cannot be reached: with the fewest filters it is {(double)Of(kept) / Full:0.###}; keep more, take a thinner bypass, or allow fewer filters."));
    }
}
