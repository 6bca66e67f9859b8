namespace Frugal.Layers.Experts;

/// <summary>
/// The experts that are in fast memory (Cai et al. 2024, Read-ME, section 4.3). An expert that is asked for always comes in. With the requests of the queue known in advance, the cache can evict what is needed last.
/// </summary>
public sealed class ExpertCache
{
    private readonly Dictionary<int, (long Used, long Entered)> held = [];
    private readonly RandomStream? random;
    private long time;

    /// <param name="capacity">Experts that fit.</param>
    /// <param name="policy">Which one leaves.</param>
    /// <param name="seed">Where random choices start.</param>
    /// <exception cref="ArgumentOutOfRangeException">No expert would fit.</exception>
    public ExpertCache(int capacity, EvictionPolicy policy = EvictionPolicy.Belady, long seed = 0)
    {
        Capacity = Guard.AtLeast(capacity, 1, nameof(capacity));
        Policy = policy;
        random = policy == EvictionPolicy.Random ? new RandomStreams(seed).At("expert-cache") : null;
    }

    /// <summary>Experts that fit.</summary>
    public int Capacity { get; }

    /// <summary>Which one leaves.</summary>
    public EvictionPolicy Policy { get; }

    /// <summary>Requests for an expert that was there.</summary>
    public long Hits { get; private set; }

    /// <summary>Requests for an expert that had to be loaded.</summary>
    public long Misses { get; private set; }

    /// <summary>Experts in it, by number.</summary>
    public IReadOnlyList<int> Held => [.. held.Keys.Order()];

    /// <summary>Whether an expert is in it.</summary>
    public bool Holds(int expert) => held.ContainsKey(expert);

    /// <summary>Hits of all requests so far.</summary>
    public double HitRatio => Hits + Misses == 0 ? 0 : Hits / (double)(Hits + Misses);

    /// <summary>Asks for an expert.</summary>
    /// <param name="expert">Its number.</param>
    /// <param name="upcoming">The requests that follow this one, as far as they are known; only Belady's choice looks at them.</param>
    public CacheAccess Request(int expert, ReadOnlySpan<int> upcoming)
    {
        time++;
        if (held.TryGetValue(expert, out var place))
        {
            held[expert] = (time, place.Entered);
            Hits++;
            return new(true, null);
        }
        Misses++;
        int? evicted = null;
        if (held.Count == Capacity)
        {
            evicted = Victim(upcoming);
            held.Remove(evicted.Value);
        }
        held[expert] = (time, time);
        return new(false, evicted);
    }

    /// <summary>What every request of a trace comes to.</summary>
    /// <param name="trace">Experts in the order of the requests.</param>
    /// <param name="lookAhead">How many of the following requests are known; null for all.</param>
    public IReadOnlyList<CacheAccess> Run(IReadOnlyList<int> trace, int? lookAhead = null)
    {
        ArgumentNullException.ThrowIfNull(trace);
        int[] all = [.. trace];
        var accesses = new CacheAccess[all.Length];
        for (int i = 0; i < all.Length; i++)
            accesses[i] = Request(all[i], all.AsSpan(i + 1, Math.Min(all.Length - i - 1, lookAhead ?? int.MaxValue)));
        return accesses;
    }

    /// <summary>Hits of all requests of a trace that is known in advance.</summary>
    /// <param name="trace">Experts in the order of the requests.</param>
    /// <param name="capacity">Experts that fit.</param>
    /// <param name="policy">Which one leaves.</param>
    /// <param name="seed">Where random choices start.</param>
    public static double HitRatioOf(IReadOnlyList<int> trace, int capacity, EvictionPolicy policy, long seed = 0)
    {
        var cache = new ExpertCache(capacity, policy, seed);
        cache.Run(trace);
        return cache.HitRatio;
    }

    private int Victim(ReadOnlySpan<int> upcoming)
    {
        if (random is not null)
            return Held[random.NextInt(held.Count)];
        int victim = -1;
        (long Ahead, long Rank) most = default;
        foreach (int expert in Held)
        {
            int next = Policy == EvictionPolicy.Belady ? upcoming.IndexOf(expert) : -1;
            // The older the use, or the entry, the higher the rank; the later of two numbers wins a tie.
            var own = (next < 0 ? long.MaxValue : next, -(Policy == EvictionPolicy.Fifo ? held[expert].Entered : held[expert].Used));
            if (victim < 0 || own.CompareTo(most) >= 0)
                (victim, most) = (expert, own);
        }
        return victim;
    }
}
