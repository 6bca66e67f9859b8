using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Softmax attention within blocks of tokens; the last block may be shorter.</summary>
internal sealed class LocalMixing(long window, double dropRate) : HeadMixing(nameof(LocalMixing))
{
    /// <summary>Tokens of a block.</summary>
    public long Window => window;

    public override Tensor Run(Tensor query, Tensor key, Tensor value, Tensor? isToken)
    {
        using var scope = NewDisposeScope();
        long batch = query.shape[0], heads = query.shape[1], tokens = query.shape[2], width = query.shape[3], blocks = (tokens + window - 1) / window, missing = (blocks * window) - tokens;
        if (missing > 0)
            isToken = functional.pad(isToken?.to(query.dtype) ?? ones([batch, tokens], query.dtype, query.device), [0, missing]);
        // A block becomes a sequence of its own: [batch · blocks, heads, window, width].
        Tensor Cut(Tensor all) => (missing > 0 ? functional.pad(all, [0, 0, 0, missing]) : all).view(batch, heads, blocks, window, width).transpose(1, 2).reshape(batch * blocks, heads, window, width);
        var mask = isToken is null ? null : AttentionMask.Of(isToken.reshape(batch * blocks, window), window, window, isCausal: false, query.dtype, query.device);
        var mixed = HeadAttention.Attend(Cut(query), Cut(key), Cut(value), mask, dropRate: training ? dropRate : 0);
        return mixed.view(batch, blocks, heads, window, width).transpose(1, 2).reshape(batch, heads, blocks * window, width).narrow(2, 0, tokens).MoveToOuterDisposeScope();
    }
}
