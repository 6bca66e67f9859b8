using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Adapters;

/// <summary>
/// Freezes a trained transformer and trains a prefix in front of the keys and values of each attention block, which every token sees (Li and Liang 2021, arXiv 2101.00190; without the network that gives
/// the prefix there during training). The classifier is trained as it is.
/// </summary>
[Entry("prefix-tuning", Paper = "deft")]
[Capabilities(WorksOn = ["SelfAttention"], CombinesWith = ["gradient-noise", "deft"], ChangesShapes = true)]
public sealed class PrefixTuning : BranchAdapters
{
    // Of the layers that give queries as well, which has to be known when their rows are made.
    private readonly Dictionary<string, int> queryThirds = new(StringComparer.Ordinal);

    /// <summary>Takes keys and values of all attention blocks.</summary>
    public PrefixTuning() => Include = [];

    /// <summary>Rows of a prefix.</summary>
    [Range(1, 65_536)]
    [Shorthand]
    public long NumTokens { get; init => field = Guard.Between(value, 1, 65_536); } = 20;

    /// <summary>Standard deviation of the numbers that it begins with.</summary>
    [Range(0, 1e6)]
    public double InitialStd { get; init => field = Guard.Between(value, 0, 1e6); } = 0.02;

    /// <inheritdoc/>
    protected override IReadOnlyList<(string Path, Module<Tensor, Tensor> Layer, long Dim)> Chosen(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        queryThirds.Clear();
        foreach (var (path, attention) in ModulePath.Walk(model))
            foreach (var (child, thirds) in (attention as ITakesPrefix)?.KeysAndValues ?? [])
                queryThirds[$"{path}.{child}"] = thirds;
        var chosen = Include.Count > 0
            ? [.. new LayerSelection(Include, Exclude).Of<Module<Tensor, Tensor>>(model).Select(layer => layer.Path)]
            : new LayerSelection(["*"], Exclude).Of([.. queryThirds.Keys], "layer of keys or values", model.GetName());
        return chosen.Count > 0
            ? SequenceLayers.Of(model, chosen, "prefix-tuning")
            : throw new FrugalException($"prefix-tuning finds no attention in {model.GetName()}: name the layers that give keys and values by include");
    }

    /// <inheritdoc/>
    protected override Layer Branch(string path, long dim, Generator generator)
    {
        var prefix = new LearnedRows(NumTokens, dim, skip: queryThirds.GetValueOrDefault(path) * dim / 3);
        prefix.Draw(InitialStd, generator);
        return prefix;
    }
}
