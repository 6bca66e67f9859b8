using Frugal.Catalogue;
using Frugal.Recipes;

namespace Frugal.Compression;

/// <summary>Multiplies the factors of low-rank layers out again: a dense layer each, which computes the same and can be trained at full rank.</summary>
[Entry("low-rank-to-dense")]
[Capabilities(WorksOn = ["LowRankLinear", "LowRankConv2d"], CombinesWith = ["low-rank", "train"], ChangesShapes = true)]
public sealed class LowRankToDense : LayerStep
{
    /// <summary>Only those whose factors hold more numbers than the dense weight.</summary>
    public bool OnlyWhereSmaller { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no layer of low rank, or one cannot be replaced; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        LowRank.ToDense(subject.Model, Selection, OnlyWhereSmaller);
        return subject;
    }
}
