using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Recipes;

namespace Frugal.Compression.Pruning;

/// <summary>Puts the added weights of SLoRB layers into one dense weight with the sparse ones: an ordinary linear layer each, which computes the same but is sparse no more.</summary>
[Entry("fold-slorb", Paper = "ast")]
[Capabilities(WorksOn = ["SlorbLinear"], CombinesWith = ["ast", "train"], ChangesShapes = true)]
public sealed class FoldSlorb : LayerStep
{
    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no SLoRB layer, or one cannot be replaced; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        Replacement.OfAll(subject.Model, Selection.Of<SlorbLinear>(subject.Model), layer => layer.Layer.ToDense());
        return subject;
    }
}
