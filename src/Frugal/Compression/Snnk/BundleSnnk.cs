using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression;

/// <summary>
/// Merges the linear layer behind each SNNK layer into it (Sehanobish et al. 2024, bundling): the model computes the same with two layers fewer to store. The classifier is merged as well where it follows.
/// </summary>
[Entry("bundle-snnk", Paper = "snnk")]
[Capabilities(WorksOn = ["SnnkLinear"], CombinesWith = ["snnk", "fit-snnk", "train"], ChangesShapes = true)]
public sealed class BundleSnnk : LayerStep
{
    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no SNNK layer that hands its output to a linear layer alone; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        var replacements = new List<(string, Module)>();
        using (var scope = NewDisposeScope())
        using (new KeptRandomState())
        {
            var uses = new OutputUses(Graph.Capture(model, model.Example(1, subject.Device)));
            foreach (var (path, layer) in Selection.Of<SnnkLinear>(model))
            {
                // Dropout between the two, which would act on the merged layer's outputs, goes as well.
                var between = new List<string>();
                var next = uses.Of(path).ToList();
                while (next.FirstOrDefault(use => use.Operator == "aten::dropout" && use.ModulePath.Length > 0) is { } dropout)
                {
                    between.Add(dropout.ModulePath);
                    // In evaluation it hands out its input itself, whose uses are here already.
                    next = [.. next.Union(uses.Of(dropout)).Where(use => use != dropout)];
                }
                if (next is not [{ ModulePath.Length: > 0 } use] || ModuleSurgery.Find(model, use.ModulePath) is not Linear linear)
                    continue;
                replacements.Add((path, layer.Bundle(linear)));
                replacements.AddRange(between.Append(use.ModulePath).Select(gone => (gone, (Module)Identity())));
            }
        }
        if (replacements.Count == 0)
            throw new FrugalException($"bundle-snnk finds nothing to merge in {model.GetName()}: there must be an SNNK layer (from `snnk`) whose output goes into a linear layer and nowhere else");
        ModuleSurgery.ReplaceAll(model, replacements);
        return subject;
    }
}
