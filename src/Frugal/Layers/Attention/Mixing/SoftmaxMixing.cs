using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>softmax(Q Kᵀ / √width) V.</summary>
internal sealed class SoftmaxMixing(double dropRate) : HeadMixing(nameof(SoftmaxMixing))
{
    public override Tensor Run(Tensor query, Tensor key, Tensor value, Tensor? isToken)
    {
        using var scope = NewDisposeScope();
        var mask = AttentionMask.Of(isToken, query.shape[2], key.shape[2], isCausal: false, query.dtype, query.device);
        return HeadAttention.Attend(query, key, value, mask, dropRate: training ? dropRate : 0).MoveToOuterDisposeScope();
    }

    /// <summary>The weights, <c>[batch, heads, queries, keys]</c>: each row adds up to 1, and padding has exactly 0.</summary>
    public static Tensor Weights(Tensor query, Tensor key, Tensor? isToken)
    {
        using var scope = NewDisposeScope();
        var scores = query.matmul(key.transpose(-1, -2)) / Math.Sqrt(query.shape[^1]);
        var mask = AttentionMask.Of(isToken, query.shape[2], key.shape[2], isCausal: false, query.dtype, query.device);
        return (mask is null ? scores : scores + mask).softmax(-1).MoveToOuterDisposeScope();
    }
}
