using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// A row of cells of two kinds, found by a search (Liu et al. 2019, "DARTS", arXiv 1806.09055), with DARTS's weight names: <c>stem.0</c>, <c>cells.0.preprocess0.op.1</c>, <c>cells.0._ops.0.op.1</c> …
/// <c>classifier</c>. Features are <c>[batch, nodes · 4 channels, ⌈height / 4⌉, ⌈width / 4⌉]</c>.
/// </summary>
public sealed class CellNetwork : ImageModel
{
    // In the order of execution: what looks for the first convolution takes them as they are registered.
    private Module<Tensor, Tensor> stem;
    private readonly TorchSharp.Modules.ModuleList<Module<Tensor, Tensor, Tensor>> cells = new();
    private Module<Tensor, Tensor> global_pool, classifier;

    /// <param name="config">What to build.</param>
    /// <exception cref="FrugalException">The edges make no cell.</exception>
    public CellNetwork(CellNetworkConfig config) : base(config, "cell-network")
    {
        config.RequireCells();
        var row = new CellRow(config.Channels, config.Cells, config.Normal.Count / 2);
        stem = new CellParts(isSearch: false).Stem(InputShape[0], row.StemChannels);
        foreach (var place in row.Places)
            cells.Add(new Cell(place.IsReduction ? config.Reduction : config.Normal, place.Channels, place.IsReduction, place.FollowsReduction, config.DropPathRate));
        global_pool = AdaptiveAvgPool2d(1);
        NumFeatures = row.OutChannels;
        classifier = CreateClassifier(NumClasses);
        RegisterComponents();
        // The identity that a cell ends in gives what distillation compares.
        LayerGroups = [["stem"], .. Enumerable.Range(0, config.Cells).Select(i => (IReadOnlyList<string>)[$"cells.{i}", $"cells.{i}.output"]), ["classifier"]];
    }

    /// <inheritdoc/>
    public override string ClassifierPath => "classifier";

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups { get; }

    /// <inheritdoc/>
    public override Tensor ForwardFeatures(Tensor input)
    {
        using var scope = NewDisposeScope();
        var last = stem.call(input);
        var beforeLast = last;
        foreach (var cell in cells)
            (beforeLast, last) = (last, cell.call(beforeLast, last));
        return last.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        using var scope = NewDisposeScope();
        var pooled = global_pool.call(features).flatten(1);
        return (preLogits ? pooled : classifier.call(pooled)).MoveToOuterDisposeScope();
    }
}
