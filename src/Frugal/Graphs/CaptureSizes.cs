namespace Frugal.Graphs;

/// <summary>The sizes that a model is run with: so many examples, and of each dynamic length so much.</summary>
/// <param name="Batch">Number of examples.</param>
/// <param name="Lengths">The dynamic lengths by name.</param>
internal sealed record CaptureSizes(long Batch, IReadOnlyDictionary<string, long> Lengths)
{
    public static CaptureSizes OfBatch(long batch) => new(batch, new Dictionary<string, long>());

    /// <summary>As errors name them: <c>2 examples</c>, or <c>2 examples with sequence = 8</c>.</summary>
    public override string ToString() =>
        $"{Batch} example{(Batch == 1 ? "" : "s")}{(Lengths.Count == 0 ? "" : $" with {string.Join(", ", Lengths.Select(length => $"{length.Key} = {length.Value}"))}")}";
}
