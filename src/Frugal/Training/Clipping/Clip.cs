using Frugal.Catalogue;
using Frugal.Training.Optimizers;

namespace Frugal.Training.Clipping;

/// <summary>How gradients are bounded before the update.</summary>
[CatalogueKind("clipping rule", "clipping rules")]
public abstract class Clip
{
    /// <summary>Bounds the gradients in place.</summary>
    /// <param name="groups">The parameters.</param>
    /// <param name="classifierPath">Path of the classifying layer, which some rules leave alone; null when there is none.</param>
    public abstract void Apply(IReadOnlyList<ParameterGroup> groups, string? classifierPath = null);
}
