using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// The low-rank update of a frozen weight: <c>W = W* + (α/r) B A</c> (Hu et al. 2021, "LoRA", arXiv 2106.09685; the scaling is applied once, also in gradients).
/// </summary>
public static class LoraMath
{
    /// <summary>What is added to the weight, <c>(α/r) B A</c>, <c>[out, in]</c>.</summary>
    /// <param name="a">A, <c>[rank, in]</c>.</param>
    /// <param name="b">B, <c>[out, rank]</c>.</param>
    /// <param name="alpha">Strength α; it is divided by the rank.</param>
    public static Tensor Update(Tensor a, Tensor b, double alpha)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        using var scope = NewDisposeScope();
        return (b.matmul(a) * (alpha / a.shape[0])).MoveToOuterDisposeScope();
    }

    /// <summary>Gradients of the two factors from that of the whole weight: <c>(α/r) Bᵀ G</c> and <c>(α/r) G Aᵀ</c>.</summary>
    /// <param name="weightGradient">G, <c>[out, in]</c>.</param>
    /// <param name="a">A, <c>[rank, in]</c>.</param>
    /// <param name="b">B, <c>[out, rank]</c>.</param>
    /// <param name="alpha">Strength α; it is divided by the rank.</param>
    public static (Tensor A, Tensor B) Gradients(Tensor weightGradient, Tensor a, Tensor b, double alpha)
    {
        ArgumentNullException.ThrowIfNull(weightGradient);
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        using var scope = NewDisposeScope();
        double scaling = alpha / a.shape[0];
        return ((b.t().matmul(weightGradient) * scaling).MoveToOuterDisposeScope(), (weightGradient.matmul(a.t()) * scaling).MoveToOuterDisposeScope());
    }
}
