namespace Frugal.Graphs.Counting;

/// <summary>
/// The most memory that a forward pass holds when every result is freed after its last use, which is what a runtime that knows the
/// graph can reach. Views share the memory of what they look at; scratch space inside an operator is not counted.
/// </summary>
internal static class ActivationMemory
{
    public static long Peak(Graph graph)
    {
        var last = new Dictionary<GraphStorage, int>();
        for (var i = 0; i < graph.Nodes.Count; i++)
        {
            foreach (var value in graph.Nodes[i].Inputs.Concat(graph.Nodes[i].Outputs))
                last[value.Storage] = i;
        }
        foreach (var output in graph.Outputs)
            last[output.Storage] = graph.Nodes.Count;

        var held = new HashSet<GraphStorage>(graph.Inputs.Select(input => input.Storage));
        var (now, peak) = (held.Sum(storage => storage.Bytes), 0L);
        for (var i = 0; i < graph.Nodes.Count; i++)
        {
            foreach (var result in graph.Nodes[i].Outputs)
            {
                if (result.Storage.Parameter is null && held.Add(result.Storage))
                    now += result.Storage.Bytes;
            }
            peak = Math.Max(peak, now);
            foreach (var value in graph.Nodes[i].Inputs.Concat(graph.Nodes[i].Outputs))
            {
                if (last[value.Storage] == i && held.Remove(value.Storage))
                    now -= value.Storage.Bytes;
            }
        }
        return Math.Max(peak, now);
    }
}
