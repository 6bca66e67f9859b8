using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Pruning;

/// <summary>Chooses the linear layers of a network that get an N:M mask.</summary>
internal static class SparseLinears
{
    /// <summary>Linear layers that match the patterns, without the classifier unless it is asked for and without what a SLoRB layer adds beside its sparse weight.</summary>
    /// <param name="model">The network.</param>
    /// <param name="include">Patterns of which a path must match one.</param>
    /// <param name="exclude">Patterns of which a path must match none.</param>
    /// <param name="includeClassifier">Whether the classifier takes part.</param>
    /// <param name="pattern">The mask's pattern, which must fit every layer.</param>
    /// <param name="asking">Name of the method, for messages.</param>
    /// <exception cref="FrugalException">No layer is chosen, or the groups do not divide the inputs of one.</exception>
    public static IReadOnlyList<SelectedLayer<Linear>> Of(Model model, IReadOnlyList<string> include, IReadOnlyList<string> exclude, bool includeClassifier, NofMPattern pattern, string asking)
    {
        var spared = new HashSet<Module>(model.modules().OfType<SlorbLinear>().SelectMany(layer => layer.Additions), ReferenceEqualityComparer.Instance);
        if (!includeClassifier)
            spared.Add(ModuleSurgery.Find(model, model.ClassifierPath));
        var chosen = new LayerSelection(include, exclude).Of<Linear>(model, layer => layer.GetType() == typeof(Linear)).Where(layer => !spared.Contains(layer.Layer)).ToList();
        if (chosen.Count == 0)
            throw new FrugalException($"{asking} finds no layer in {model.GetName()}: it takes linear layers that match include, the classifier only if asked for (include-classifier)");
        chosen.ForEach(layer => pattern.RequireDivides(layer.Path, layer.Layer.in_features));
        return chosen;
    }
}
