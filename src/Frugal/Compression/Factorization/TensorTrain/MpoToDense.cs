using Frugal.Catalogue;
using Frugal.Recipes;

namespace Frugal.Compression;

/// <summary>Replaces matrix product operators by the dense layers that compute the same.</summary>
[Entry("mpo-to-dense", Paper = "compactifai")]
[Capabilities(WorksOn = ["MpoLinear"], CombinesWith = ["compactifai", "train"], ChangesShapes = true)]
public sealed class MpoToDense : LayerStep
{
    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no operator, or one cannot be replaced; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        Mpo.ToDense(subject.Model, Selection);
        return subject;
    }
}
