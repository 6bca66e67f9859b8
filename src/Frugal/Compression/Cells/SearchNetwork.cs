using Frugal.Layers;
using Frugal.Models;
using Frugal.Models.Vision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Cells;

/// <summary>
/// A row of cells whose edges are all operations at once. Its buffers <c>alphas_normal</c> and <c>alphas_reduce</c>, <c>[edges, operations]</c>, become weights by a softmax: what is searched. No
/// parameters: the optimiser of the layers must not touch them.
/// </summary>
internal sealed class SearchNetwork : ImageModel
{
    private const double InitialStd = 1e-3;
    private readonly ModuleList<SearchCell> cells = new();
    private readonly IReadOnlyList<CellRow.Place> places;
    private readonly Module<Tensor, Tensor> stem, global_pool, classifier;
    private readonly Tensor alphas_normal, alphas_reduce;

    public SearchNetwork(SearchNetworkConfig config) : base(config, "search-network")
    {
        var parts = new CellParts(isSearch: true, config.KeepsOne);
        var row = new CellRow(config.Channels, config.Cells, config.Nodes);
        places = row.Places;
        stem = parts.Stem(InputShape[0], row.StemChannels);
        foreach (var place in places)
            cells.Add(new SearchCell(parts, config.Operations, config.Nodes, config.Nodes, place.Channels, place.IsReduction, place.FollowsReduction));
        global_pool = AdaptiveAvgPool2d(1);
        NumFeatures = row.OutChannels;
        classifier = CreateClassifier(NumClasses);
        alphas_normal = FreshAlphas(config);
        alphas_reduce = FreshAlphas(config);
        RegisterComponents();
    }

    public override string ClassifierPath => "classifier";

    public override long NumFeatures { get; }

    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups => [["stem"], ["cells"], ["classifier"]];

    /// <summary>The numbers that are searched, by name: those of the normal cells, then those of the reductions.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Alphas => [("alphas_normal", alphas_normal), ("alphas_reduce", alphas_reduce)];

    /// <summary>The layers of which scores keep a share.</summary>
    public IEnumerable<IScoredLayer> ScoredLayers => modules().OfType<IScoredLayer>();

    public override Tensor ForwardFeatures(Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor normal = alphas_normal.softmax(1), reduction = alphas_reduce.softmax(1);
        var last = stem.call(input);
        var beforeLast = last;
        for (int i = 0; i < places.Count; i++)
            (beforeLast, last) = (last, cells[i].call(beforeLast, last, places[i].IsReduction ? reduction : normal));
        return last.MoveToOuterDisposeScope();
    }

    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        using var scope = NewDisposeScope();
        var pooled = global_pool.call(features).flatten(1);
        return (preLogits ? pooled : classifier.call(pooled)).MoveToOuterDisposeScope();
    }

    protected override Module<Tensor, Tensor> CreateClassifier(int numClasses) => new SparseLinear(NumFeatures, numClasses, keepShare: 1, ((SearchNetworkConfig)Config).KeepsOne);

    private static Tensor FreshAlphas(SearchNetworkConfig config)
    {
        using var scope = NewDisposeScope();
        return (randn(SearchCell.NumEdges(config.Nodes), config.Operations.Count) * InitialStd).DetachFromDisposeScope();
    }
}
