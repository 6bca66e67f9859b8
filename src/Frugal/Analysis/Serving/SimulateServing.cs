using Frugal.Catalogue;
using Frugal.Layers.Experts;
using Frugal.Recipes;

namespace Frugal.Analysis;

/// <summary>
/// Simulates requests whose tokens each need an expert that is known in advance (Cai et al. 2024, Read-ME, section 4): batches in the order of arrival against batches by expert, and caches of several sizes against
/// what the latter load. No model takes part; the subject's stays as it is.
/// </summary>
/// <remarks>
/// Measures <c>experts-per-batch</c> and <c>experts-per-batch-in-order</c>, means over batches, and for each size k of the cache <c>belady-hit-ratio-k</c>, <c>lru-hit-ratio-k</c>, <c>fifo-hit-ratio-k</c> and
/// <c>random-hit-ratio-k</c>.
/// </remarks>
[Entry("simulate-serving", Paper = "read-me")]
[Capabilities(CombinesWith = ["read-me", "measure-serving"])]
public sealed class SimulateServing : Step
{
    /// <summary>Number of requests.</summary>
    [Range(1, 1_000_000)]
    public int Requests { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <summary>Tokens of each.</summary>
    [Range(1, 1_000_000)]
    public int Tokens { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <summary>Number of experts.</summary>
    [Range(1, 4096)]
    public int Experts { get; init => field = Guard.Between(value, 1, 4096); } = 8;

    /// <summary>Probability that a token needs the expert of the one before it; otherwise it needs any.</summary>
    [Range(0, 1)]
    public double Stay { get; init => field = Guard.Between(value, 0, 1); } = 0.9;

    /// <summary>Most tokens of a batch, each of another request.</summary>
    [Range(1, 1_000_000)]
    public int MaxTokens { get; init => field = Guard.Between(value, 1, 1_000_000); } = 16;

    /// <summary>Sizes of the cache in experts, each 1 or more.</summary>
    public IReadOnlyList<int> Capacities
    {
        get;
        init => field = value is { Count: > 0 } && value.All(size => size > 0) ? value : throw new ArgumentOutOfRangeException(nameof(Capacities), value, "Capacities must be one or more positive numbers");
    } = [2, 3, 4, 5];

    /// <summary>Seed of the requests.</summary>
    [Range(long.MinValue, long.MaxValue)]
    public long Seed { get; init; }

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var requests = ServingTrace.Generate(Requests, Tokens, Experts, Stay, Seed);
        var schedule = ServingSchedule.ByExpert(requests, MaxTokens, Experts);
        subject.Metrics["experts-per-batch"] = schedule.DistinctExperts;
        subject.Metrics["experts-per-batch-in-order"] = ServingSchedule.FirstCome(requests, MaxTokens).DistinctExperts;
        foreach (int capacity in Capacities)
            foreach (var policy in Enum.GetValues<EvictionPolicy>())
                subject.Metrics[FormattableString.Invariant($"{KebabCase.Of(policy.ToString())}-hit-ratio-{capacity}")] = ExpertCache.HitRatioOf(schedule.Loads, capacity, policy, Seed);
        return subject;
    }
}
