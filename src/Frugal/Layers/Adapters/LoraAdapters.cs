using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Low-rank adapters of a whole network, for people with a training loop of their own; the training method <c>lora</c> and the steps around it call it.</summary>
public static class LoraAdapters
{
    /// <summary>The network's linear layers that an adapter can wrap: those that are not part of a layer of Frugal's.</summary>
    /// <exception cref="FrugalException">A pattern matches none of them.</exception>
    public static IReadOnlyList<SelectedLayer<Linear>> Wrappable(Module root, LayerSelection? layers = null)
    {
        ArgumentNullException.ThrowIfNull(root);
        var inner = new HashSet<Module>(root.modules().OfType<Layer>().SelectMany(layer => layer.modules()), ReferenceEqualityComparer.Instance);
        return (layers ?? LayerSelection.All).Of<Linear>(root, layer => !inner.Contains(layer));
    }

    /// <summary>The network's adapters.</summary>
    public static IReadOnlyList<SelectedLayer<LoraLinear>> In(Module root) => LayerSelection.All.Of<LoraLinear>(root);

    /// <summary>Refuses a rank that a layer's weight cannot have.</summary>
    /// <exception cref="FrugalException">The rank is above full rank; the message names the layer and what is allowed.</exception>
    public static void RequireRank(SelectedLayer<Linear> layer, long rank)
    {
        long full = Math.Min(layer.Layer.in_features, layer.Layer.out_features);
        if (rank > full)
            throw new FrugalException(
                $"'{layer.Path}' cannot have an adapter of rank {rank}: its weight is a {layer.Layer.out_features}x{layer.Layer.in_features} matrix, so the rank must be between 1 and {full}; exclude the layer or choose a smaller rank");
    }

    /// <summary>Adds every update to the weight below it and puts the ordinary layers back: the network computes the same, up to rounding.</summary>
    /// <param name="root">The network.</param>
    /// <param name="layers">Which adapters; null for all.</param>
    /// <returns>Paths of the layers.</returns>
    /// <exception cref="FrugalException">There is no adapter; the network is as before.</exception>
    public static IReadOnlyList<string> Merge(Module root, LayerSelection? layers = null)
    {
        var adapters = (layers ?? LayerSelection.All).Of<LoraLinear>(root);
        if (adapters.Count == 0)
            throw new FrugalException($"{root.GetName()} has no adapter to merge: `lora` puts them in, and keeps them with keeps-adapters: true");
        foreach (var (path, _) in adapters)
            ModuleSurgery.RequireReplaceable(root, path, typeof(Linear));
        ModuleSurgery.ReplaceAll(root, [.. adapters.Select(adapter => (adapter.Path, (Module)adapter.Layer.Merge()))]);
        return [.. adapters.Select(adapter => adapter.Path)];
    }
}
