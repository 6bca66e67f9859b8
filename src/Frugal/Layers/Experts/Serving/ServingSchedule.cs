
namespace Frugal.Layers.Experts;

/// <summary>The batches in which requests are served, and what they load.</summary>
/// <param name="Batches">Experts of the tokens of each batch.</param>
public sealed record ServingSchedule(IReadOnlyList<IReadOnlyList<int>> Batches)
{
    /// <summary>Mean number of experts that a batch runs.</summary>
    public double DistinctExperts => Batches.Count == 0 ? 0 : Batches.Average(batch => batch.Distinct().Count());

    /// <summary>Experts in the order in which the batches need them, each once a batch.</summary>
    public IReadOnlyList<int> Loads => [.. Batches.SelectMany(batch => batch.Distinct())];

    /// <summary>As many requests as a batch has room for advance together, a token of each; the next ones follow when they are done.</summary>
    /// <param name="requests">Experts of the tokens of each request.</param>
    /// <param name="maxTokens">Tokens of a batch.</param>
    public static ServingSchedule FirstCome(IReadOnlyList<int[]> requests, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var batches = new List<IReadOnlyList<int>>();
        var waiting = new Queue<int>(Enumerable.Range(0, requests.Count));
        int[] served = new int[requests.Count];
        var active = new List<int>();
        while (true)
        {
            active.RemoveAll(request => served[request] == requests[request].Length);
            while (active.Count < maxTokens && waiting.TryDequeue(out int next))
                active.Add(next);
            if (active.Count == 0)
                return new(batches);
            batches.Add([.. active.Select(request => requests[request][served[request]++])]);
        }
    }

    /// <summary>The next token of every request waits in the queue of its expert, and batches come from the longest queues (<see cref="ExpertQueues{T}"/>).</summary>
    /// <param name="requests">Experts of the tokens of each request.</param>
    /// <param name="maxTokens">Tokens of a batch.</param>
    /// <param name="experts">Number of experts.</param>
    public static ServingSchedule ByExpert(IReadOnlyList<int[]> requests, int maxTokens, int experts)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var queues = new ExpertQueues<int>(experts);
        int[] served = new int[requests.Count];
        int? Next(int request) => served[request] < requests[request].Length ? requests[request][served[request]++] : null;
        for (int request = 0; request < requests.Count; request++)
            if (Next(request) is { } expert)
                queues.Add(expert, request);
        return new([.. queues.Drain(maxTokens, Next).Select(batch => (IReadOnlyList<int>)[.. batch.Select(each => each.Expert)])]);
    }
}
