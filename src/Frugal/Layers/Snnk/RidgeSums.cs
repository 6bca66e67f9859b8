using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Ridge regression of targets on features with a bias that is not penalised, from sums over batches in double precision: <c>θ = (Z̃ᵀZ̃ + λ J)⁻¹ Z̃ᵀT</c>, where Z̃ has a column of ones and J no entry for it.
/// </summary>
public sealed class RidgeSums : IDisposable
{
    private Tensor? squares, products;

    /// <summary>Adds examples.</summary>
    /// <param name="features"><c>[rows, features]</c>.</param>
    /// <param name="targets"><c>[rows, outputs]</c>.</param>
    public void Add(Tensor features, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        using var scope = NewDisposeScope();
        var extended = SnnkMath.WithOnes(features.to(float64));
        Tensor square = extended.t().matmul(extended), product = extended.t().matmul(targets.to(float64));
        squares = Sum(squares, square);
        products = Sum(products, product);
    }

    /// <summary>The weights, <c>[features + 1, outputs]</c>; the last row is the bias.</summary>
    /// <param name="ridge">λ, above 0.</param>
    /// <exception cref="FrugalException">No example was added.</exception>
    public Tensor Solve(double ridge)
    {
        Guard.Positive(ridge, nameof(ridge));
        if (squares is null || products is null)
            throw new FrugalException("a ridge regression needs at least one example");
        using var scope = NewDisposeScope();
        var penalty = ones(squares.shape[0], float64, squares.device);
        penalty[-1] = 0;
        return linalg.solve(squares + ridge * penalty.diag(), products).MoveToOuterDisposeScope();
    }

    private static Tensor Sum(Tensor? former, Tensor more)
    {
        var sum = former is null ? more.clone() : former + more;
        former?.Dispose();
        return sum.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        squares?.Dispose();
        products?.Dispose();
    }
}
