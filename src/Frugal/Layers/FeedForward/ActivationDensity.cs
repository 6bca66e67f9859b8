using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>How many units of a layer are active: exactly, and in a smooth form whose gradient makes them fewer (Runwal et al. 2024, arXiv 2402.01911).</summary>
public static class ActivationDensity
{
    /// <summary>
    /// The smooth count of non-zeros, <c>ρ(x) = x² / (x² + ε)</c>, element by element: 0 at 0, ½ at ±√ε, near 1 beyond. Half precision is widened to single, in which the squares do not vanish.
    /// </summary>
    /// <remarks>
    /// Computed as <c>1 - 1 / (1 + x²/ε)</c>, whose derivative <c>2xε / (x² + ε)²</c> automatic differentiation finds without taking large numbers from each other. Its pull is strongest at |x| = √(ε/3).
    /// </remarks>
    /// <param name="activations">Any shape.</param>
    /// <param name="epsilon">ε, above 0.</param>
    public static Tensor Smooth(Tensor activations, double epsilon)
    {
        ArgumentNullException.ThrowIfNull(activations);
        Guard.Positive(epsilon);
        using var scope = NewDisposeScope();
        var wide = activations.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? activations.to(ScalarType.Float32) : activations;
        return (1 - wide.div(Math.Sqrt(epsilon)).square().add_(1).reciprocal_()).MoveToOuterDisposeScope();
    }

    /// <summary>The smooth density of each example in each layer, <c>[batch, layers]</c>: the mean of <see cref="Smooth"/> over all axes but the first.</summary>
    /// <param name="layers">What the layers gave out, <c>[batch, …]</c>, with one batch.</param>
    /// <param name="epsilon">ε, above 0.</param>
    public static Tensor Penalty(IReadOnlyList<Tensor> layers, double epsilon)
    {
        ArgumentNullException.ThrowIfNull(layers);
        using var scope = NewDisposeScope();
        return stack(layers.Select(layer => Smooth(layer, epsilon).flatten(1).mean([1])), 1).MoveToOuterDisposeScope();
    }

    /// <summary>The share of each example's units in a layer that are further from 0 than a threshold, <c>[batch]</c>.</summary>
    /// <param name="activations">What the layer gave out, <c>[batch, …]</c>.</param>
    /// <param name="threshold">The threshold; 0 counts what is not exactly zero.</param>
    public static Tensor ShareAbove(Tensor activations, double threshold = 0)
    {
        ArgumentNullException.ThrowIfNull(activations);
        Guard.NotNegative(threshold);
        using var scope = NewDisposeScope();
        return activations.abs().gt(threshold).flatten(1).mean([1], type: ScalarType.Float64).MoveToOuterDisposeScope();
    }
}
