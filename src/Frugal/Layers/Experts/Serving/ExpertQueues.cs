namespace Frugal.Layers.Experts;

/// <summary>
/// Requests that wait, each for an expert that is known (Cai et al. 2024, Read-ME, section 4.2): a batch takes from the longest queue, then from the next longest, until it is full, so that it needs as few experts
/// as can be.
/// </summary>
/// <typeparam name="T">What waits, e.g. the number of a sequence.</typeparam>
public sealed class ExpertQueues<T>
{
    private readonly Queue<T>[] queues;

    /// <param name="experts">Number of experts.</param>
    public ExpertQueues(int experts) => queues = [.. Enumerable.Range(0, Guard.AtLeast(experts, 1, nameof(experts))).Select(_ => new Queue<T>())];

    private ExpertQueues(IEnumerable<Queue<T>> queues) => this.queues = [.. queues.Select(queue => new Queue<T>(queue))];

    /// <summary>How many wait.</summary>
    public int Count => queues.Sum(queue => queue.Count);

    /// <summary>How many wait for each expert.</summary>
    public IReadOnlyList<int> Lengths => [.. queues.Select(queue => queue.Count)];

    /// <summary>Lets a request wait behind those for the same expert.</summary>
    /// <exception cref="FrugalException">There is no such expert.</exception>
    public void Add(int expert, T request)
    {
        if (expert < 0 || expert >= queues.Length)
            throw new FrugalException($"A request waits for the expert {expert}, which is not among the {queues.Length}, from 0");
        queues[expert].Enqueue(request);
    }

    /// <summary>The same requests in queues of their own, to see ahead what becomes of them.</summary>
    public ExpertQueues<T> Copy() => new(queues);

    /// <summary>Takes batch after batch until none waits.</summary>
    /// <param name="maxTokens">Most requests of a batch, each one token.</param>
    /// <param name="next">The expert of the token that follows in a request of the batch before, which waits again behind the others; null where none follows.</param>
    public IEnumerable<IReadOnlyList<(int Expert, T Request)>> Drain(int maxTokens, Func<T, int?> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        while (Count > 0)
        {
            var batch = Take(maxTokens);
            yield return batch;
            foreach (var (_, request) in batch)
                if (next(request) is { } expert)
                    Add(expert, request);
        }
    }

    /// <summary>Takes the next batch: in the order of the experts that it runs, requests of one expert in the order of their arrival. Of queues of one length that of the lowest expert comes first.</summary>
    /// <param name="maxTokens">Most requests of a batch, each one token.</param>
    public IReadOnlyList<(int Expert, T Request)> Take(int maxTokens)
    {
        Guard.AtLeast(maxTokens, 1, nameof(maxTokens));
        var batch = new List<(int, T)>();
        while (batch.Count < maxTokens && Count > 0)
        {
            int longest = Array.IndexOf(queues, queues.MaxBy(queue => queue.Count));
            for (int left = Math.Min(maxTokens - batch.Count, queues[longest].Count); left > 0; left--)
                batch.Add((longest, queues[longest].Dequeue()));
        }
        return batch;
    }
}
