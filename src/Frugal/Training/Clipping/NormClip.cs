using Frugal.Catalogue;
using Frugal.Training.Optimizers;

namespace Frugal.Training.Clipping;

/// <summary>Multiplies all gradients by <c>min(1, max / (norm + 1e-6))</c>, the norm taken over all of them together, as PyTorch does.</summary>
[Entry("norm")]
public sealed class NormClip : Clip
{
    /// <summary>Largest norm of all gradients together.</summary>
    [Shorthand, Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Max { get; init => field = Guard.Positive(value); } = 1;

    /// <inheritdoc/>
    public override void Apply(IReadOnlyList<ParameterGroup> groups, string? classifierPath = null)
    {
        double factor = Max / (Gradients.GlobalNorm(groups) + 1e-6);
        if (factor < 1)
            Gradients.Scale(groups, factor);
    }
}
