using Frugal.Catalogue;
using Frugal.Recipes;

namespace Frugal.Compression;

/// <summary>
/// Replaces Monarch layers by the dense layers that compute the same, to train on: reverse sparsification (Dao et al. 2022, section 4). The paper does it after
/// 70 to 90 % of the updates; after 80 % is a good first choice.
/// </summary>
[Entry("monarch-to-dense", Paper = "monarch")]
[Capabilities(WorksOn = ["MonarchLinear"], CombinesWith = ["monarch", "train"], ChangesShapes = true)]
public sealed class MonarchToDense : LayerStep
{
    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no Monarch layer, or one cannot be replaced; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        Monarch.ToDense(subject.Model, Selection);
        return subject;
    }
}
