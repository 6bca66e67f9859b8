using Frugal.Catalogue;
using Frugal.Layers.Surgery;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;

namespace Frugal.Training.Clipping;

/// <summary>
/// Adaptive gradient clipping (Brock et al., 2021, arXiv 2102.06171, eq. 3): bounds the gradient of each output unit in proportion to the norm of the unit's weights.
/// </summary>
/// <remarks>
/// Norms are over all axes but the first, over the whole tensor for fewer than two axes. Where <c>|g| >= factor max(|w|, 1e-3)</c> the gradient is scaled down to that bound.
/// </remarks>
[Entry("agc")]
public sealed class AdaptiveClip : Clip
{
    private const double SmallestWeightNorm = 1e-3, SmallestGradientNorm = 1e-6;

    /// <summary>Largest ratio of gradient norm to weight norm.</summary>
    [Shorthand, Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Factor { get; init => field = Guard.Positive(value); } = 0.01;

    /// <summary>Names of parameters that are left alone, <c>*</c> standing for anything; null for the classifier, as in the paper.</summary>
    public IReadOnlyList<string>? Exclude { get; init; }

    /// <inheritdoc/>
    public override void Apply(IReadOnlyList<ParameterGroup> groups, string? classifierPath = null)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var exclude = Exclude ?? (classifierPath is null ? [] : [$"{classifierPath}.*"]);
        foreach (var (name, parameter, gradient) in Gradients.Of(groups))
            if (!exclude.Any(pattern => new NamePattern(pattern).Matches(name)))
                gradient.mul_(Scales(parameter, gradient));
    }

    /// <summary>Factor on the gradient of every unit, at most 1, ready to broadcast.</summary>
    private Tensor Scales(Tensor weight, Tensor gradient)
    {
        var bound = UnitNorm(weight).clamp_min(SmallestWeightNorm).mul_(Factor);
        var norm = UnitNorm(gradient);
        return where(norm < bound, ones_like(norm), bound.div(norm.clamp_min(SmallestGradientNorm)));
    }

    private static Tensor UnitNorm(Tensor tensor) => tensor.dim() <= 1
        ? linalg.vector_norm(tensor, ord: 2)
        : linalg.vector_norm(tensor, ord: 2, dims: [.. Enumerable.Range(1, (int)tensor.dim() - 1).Select(axis => (long)axis)], keepdim: true);
}
