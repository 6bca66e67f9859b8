using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;

namespace Frugal.Training.Methods.Adapters;

/// <summary>
/// Freezes a trained transformer and trains a prefix in front of the keys and values of each attention block, which every token sees (Li and Liang 2021, arXiv 2101.00190; without the network that gives
/// the prefix there during training). The classifier is trained as it is.
/// </summary>
[Entry("prefix-tuning", Paper = "deft")]
[Capabilities(WorksOn = ["SelfAttention"], CombinesWith = ["gradient-noise", "deft"], ChangesShapes = true)]
public sealed class PrefixTuning : LearnedRowsTuning
{
    // Of the layers that give queries as well, which has to be known when their rows are made.
    private readonly Dictionary<string, int> queryThirds = new(StringComparer.Ordinal);

    private protected override string Place => "layer of keys or values";

    private protected override IReadOnlyList<string> PlacesIn(Model model)
    {
        queryThirds.Clear();
        foreach (var (path, attention) in ModulePath.Walk(model))
            foreach (var (child, thirds) in (attention as ITakesPrefix)?.KeysAndValues ?? [])
                queryThirds[$"{path}.{child}"] = thirds;
        return [.. queryThirds.Keys];
    }

    private protected override long Skip(string path, long dim) => queryThirds.GetValueOrDefault(path) * dim / 3;
}
