using Frugal.Catalogue;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;

namespace Frugal.Training.Clipping;

/// <summary>Bounds every entry of every gradient.</summary>
[Entry("value")]
public sealed class ValueClip : Clip
{
    /// <summary>Largest magnitude of an entry.</summary>
    [Shorthand, Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Max { get; init => field = Guard.Positive(value); } = 1;

    /// <inheritdoc/>
    public override void Apply(IReadOnlyList<ParameterGroup> groups, string? classifierPath = null)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (_, _, gradient) in Gradients.Of(groups))
            gradient.clamp_(-Max, Max);
    }
}
