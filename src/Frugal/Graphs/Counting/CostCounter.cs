namespace Frugal.Graphs.Counting;

/// <summary>Adds up a graph by module. The batch size of the captured run, the first dimension of the first input, is divided out.</summary>
/// <param name="graph">The captured run.</param>
/// <param name="packed">The packed layers that count as what they are instead of what they stand for.</param>
/// <param name="routed">The layers whose children count for the share of rows that they compute.</param>
internal sealed class CostCounter(Graph graph, IReadOnlyList<PackedUse> packed, IReadOnlyList<RoutedUse> routed)
{
    private readonly long batch = graph.Inputs[0].Shape is [> 0 and var size, ..] ? size : 1;
    private readonly ZeroWeights zeros = new();
    private readonly Dictionary<string, Row> rows = [];
    private readonly HashSet<GraphStorage> written = [];

    public ModelCost Count()
    {
        foreach (var input in graph.Inputs)
            written.Add(input.Storage);
        foreach (var node in graph.Nodes)
        {
            var row = RowOf(node.ModulePath);
            foreach (var result in node.Outputs)
            {
                row.OutputShape = result.Shape;
                if (result.Storage.Parameter is null && written.Add(result.Storage))
                    row.ActivationBytes += result.Storage.Bytes;
            }
            AddProducts(node);
        }
        CountParameters();
        CountPacked();
        foreach (var (path, layer) in graph.Stored)
            RowOf(path).Parameters += layer.StoredWeights;
        var layers = rows.Where(row => Counts(row.Key, row.Value)).Select(row => Finish(row.Key, row.Value)).ToList();
        return new ModelCost(
            layers.Sum(layer => layer.Parameters), layers.Sum(layer => layer.Macs), layers.Sum(layer => layer.NonZeroMacs),
            ActivationMemory.Peak(graph) / batch, layers);
    }

    private void AddProducts(GraphNode node)
    {
        if (IsPacked(node.ModulePath))
            return;
        if (MacRules.Of(node) is not { } products)
        {
            foreach (var child in node.Children)
                AddProducts(child);
            return;
        }
        var row = RowOf(node.ModulePath);
        foreach (var (all, weight) in products)
        {
            long macs = Executed(node.ModulePath, all);
            row.Macs += macs;
            row.NonZeroMacs += weight is { NumElements: > 0 } ? Executed(node.ModulePath, all / weight.NumElements * zeros.NonZeros(weight)) : macs;
        }
    }

    private void CountParameters()
    {
        foreach (var parameter in graph.Parameters)
        {
            if (parameter.Storage.Parameter!.IsBuffer || IsPacked(parameter.Name))
                continue;
            var dot = parameter.Name.LastIndexOf('.');
            RowOf(dot < 0 ? "" : parameter.Name[..dot]).Parameters += parameter.NumElements;
        }
    }

    private void CountPacked()
    {
        foreach (var use in packed)
        {
            var row = RowOf(use.Path);
            row.Parameters += use.Layer.StoredWeights;
            row.Macs += Executed(use.Path, use.Rows * use.Layer.MacsPerRow);
            row.NonZeroMacs += Executed(use.Path, use.Rows * use.Layer.NonZeroMacsPerRow);
        }
    }

    private long Executed(string path, long macs) => routed.FirstOrDefault(use => use.Covers(path)) is { } use ? (long)Math.Round(macs * use.Layer.RoutedShare) : macs;

    private bool IsPacked(string path) => packed.Any(use => use.Covers(path));

    /// <summary>A module with submodules appears only for work of its own that counts.</summary>
    private bool Counts(string path, Row row) => row.Parameters > 0 || row.Macs > 0 || (path.Length > 0 && !graph.HasSubmodules(path));

    private LayerCost Finish(string path, Row row) => new(
        path, graph.TypeOf(path), row.OutputShape, row.Parameters, row.Macs / batch, row.NonZeroMacs / batch, row.ActivationBytes / batch);

    private Row RowOf(string path)
    {
        if (!rows.TryGetValue(path, out var row))
            rows[path] = row = new Row();
        return row;
    }

    private sealed class Row
    {
        public IReadOnlyList<long> OutputShape = [];
        public long Parameters, Macs, NonZeroMacs, ActivationBytes;
    }
}
