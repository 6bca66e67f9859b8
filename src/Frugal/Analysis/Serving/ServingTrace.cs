namespace Frugal.Analysis;

/// <summary>Requests whose tokens each need an expert that is known in advance: the next token needs the expert of the one before it with some probability, otherwise any.</summary>
public static class ServingTrace
{
    /// <summary>Experts of the tokens, request by request.</summary>
    /// <param name="requests">Number of requests.</param>
    /// <param name="tokens">Tokens of each.</param>
    /// <param name="experts">Number of experts.</param>
    /// <param name="stay">Probability that a token needs the expert of the one before it.</param>
    /// <param name="seed">Seed of the trace.</param>
    public static IReadOnlyList<int[]> Generate(int requests, int tokens, int experts, double stay, long seed)
    {
        var random = new RandomStreams(seed);
        return [.. Enumerable.Range(0, requests).Select(request =>
        {
            var stream = random.At("serving-trace", request);
            int[] wanted = new int[tokens];
            for (int i = 0; i < tokens; i++)
                wanted[i] = i > 0 && stream.NextBool(stay) ? wanted[i - 1] : stream.NextInt(experts);
            return wanted;
        })];
    }
}
