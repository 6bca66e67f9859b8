using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Recipes;

namespace Frugal.Compression;

/// <summary>Adds low-rank updates to the weights that they belong to and puts ordinary linear layers back: the model computes the same, without the adapters' cost.</summary>
[Entry("merge-lora", Paper = "lora-limits")]
[Capabilities(WorksOn = ["LoraLinear"], CombinesWith = ["lora", "load-lora"], ChangesShapes = true)]
public sealed class MergeLora : LayerStep
{
    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no adapter, or a pattern matches none; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        LoraAdapters.Merge(subject.Model, Selection);
        return subject;
    }
}
