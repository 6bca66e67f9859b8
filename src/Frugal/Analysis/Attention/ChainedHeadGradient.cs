using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>
/// The gradient of an attention head's loss with the softmax replaced by a product of thin matrices, <c>f ≈ U1 V1ᵀ</c>, through the whole chain: linear in the length (Hu et al. 2025, section 3).
/// </summary>
/// <param name="U1">Features of the queries, divided by the row sums, <c>[length, features]</c>.</param>
/// <param name="V1">Features of the keys, <c>[length, features]</c>.</param>
/// <param name="Residual">c, <c>[length, dim]</c>.</param>
/// <param name="RowSums">ρ, the sums of <c>f ⊙ c C3ᵀ</c> over the keys, <c>[length]</c>.</param>
/// <param name="Weight">The gradient by the weight, <c>[dim, dim]</c>.</param>
public sealed record ChainedHeadGradient(Tensor U1, Tensor V1, Tensor Residual, Tensor RowSums, Tensor Weight)
{
    private const long RowsOfBlock = 128;

    /// <summary>Computes it.</summary>
    /// <param name="head">The head.</param>
    /// <param name="weight">W, <c>[dim, dim]</c>.</param>
    /// <param name="degree">Degree of the polynomial; even, so that row sums are positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The degree is odd or negative.</exception>
    public static ChainedHeadGradient Of(HeadInputs head, Tensor weight, int degree)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (degree < 0 || degree % 2 != 0)
            throw new ArgumentOutOfRangeException(nameof(degree), degree, $"degree must be even and at least 0, got {degree}: odd polynomials may give row sums that are not positive");
        using var scope = NewDisposeScope();
        Tensor features = PolynomialFeatures.Of(head.C1.matmul(weight), degree), v1 = PolynomialFeatures.Of(head.C2, degree);
        var u1 = features / features.matmul(v1.sum([0])).unsqueeze(1);
        var residual = u1.matmul(v1.t().matmul(head.C3)) - head.Target;
        var sums = (u1.matmul(v1.t().matmul(head.C3)) * residual).sum(1);
        var first = Kronecker(u1, residual, head.C1).t().matmul(Kronecker(v1, head.C3, head.C2));
        var second = head.C1.t().matmul(sums.unsqueeze(1) * u1).matmul(v1.t().matmul(head.C2));
        return new(
            u1.MoveToOuterDisposeScope(), v1.MoveToOuterDisposeScope(), residual.MoveToOuterDisposeScope(), sums.MoveToOuterDisposeScope(), (first - second).MoveToOuterDisposeScope());
    }

    // (row-wise Kronecker product of left and right)ᵀ times factors, [features · dim, dim], some rows at a time: the product itself has length · features · dim entries.
    private static Tensor Kronecker(Tensor left, Tensor right, Tensor factors)
    {
        using var scope = NewDisposeScope();
        var sum = zeros([left.shape[1] * right.shape[1], factors.shape[1]], left.dtype, left.device);
        for (long row = 0; row < left.shape[0]; row += RowsOfBlock)
        {
            using var block = NewDisposeScope();
            long count = Math.Min(RowsOfBlock, left.shape[0] - row);
            var product = (left.narrow(0, row, count).unsqueeze(2) * right.narrow(0, row, count).unsqueeze(1)).flatten(1);
            sum.add_(product.t().matmul(factors.narrow(0, row, count)));
        }
        return sum.MoveToOuterDisposeScope();
    }
}
