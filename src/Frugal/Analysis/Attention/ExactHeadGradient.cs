using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>The gradient of an attention head's loss by its weight, written out: quadratic in the length.</summary>
/// <param name="Loss">The loss, a single number.</param>
/// <param name="Attention">f, the softmax, <c>[length, length]</c>.</param>
/// <param name="Residual">c = f C3 - Y, <c>[length, dim]</c>.</param>
/// <param name="Logits">p, the gradient by the logits, <c>[length, length]</c>; its rows sum to zero.</param>
/// <param name="Weight">G, the gradient by the weight, <c>[dim, dim]</c>.</param>
public sealed record ExactHeadGradient(Tensor Loss, Tensor Attention, Tensor Residual, Tensor Logits, Tensor Weight)
{
    /// <summary>Computes it.</summary>
    /// <param name="head">The head.</param>
    /// <param name="weight">W, <c>[dim, dim]</c>: the logits are <c>C1 W C2ᵀ</c>.</param>
    public static ExactHeadGradient Of(HeadInputs head, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(head);
        using var scope = NewDisposeScope();
        var attention = nn.functional.softmax(head.C1.matmul(weight).matmul(head.C2.t()), 1);
        var residual = attention.matmul(head.C3) - head.Target;
        var outer = residual.matmul(head.C3.t());
        var product = attention * outer;
        var logits = product - product.sum(1, keepdim: true) * attention;
        return new(
            (residual.square().sum() / 2).MoveToOuterDisposeScope(), attention.MoveToOuterDisposeScope(), residual.MoveToOuterDisposeScope(), logits.MoveToOuterDisposeScope(),
            head.C1.t().matmul(logits).matmul(head.C2).MoveToOuterDisposeScope());
    }
}
