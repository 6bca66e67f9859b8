using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>φ(Q) (φ(K)ᵀ V) / (φ(Q) Σ φ(K)), φ(x) = elu(x) + 1, which is positive.</summary>
internal sealed class LinearMixing() : HeadMixing(nameof(LinearMixing))
{
    public override Tensor Run(Tensor query, Tensor key, Tensor value, Tensor? isToken)
    {
        using var scope = NewDisposeScope();
        Tensor queries = functional.elu(query, 1) + 1, keys = functional.elu(key, 1) + 1;
        if (isToken is not null)
            keys = keys * Beside(isToken, keys);
        var mixed = queries.matmul(keys.transpose(-1, -2).matmul(value));
        var sums = queries.matmul(keys.sum([2], keepdim: true).transpose(-1, -2));
        // A sequence of padding alone has no sum.
        return (mixed / sums.clamp_min(finfo(sums.dtype).tiny)).MoveToOuterDisposeScope();
    }
}
