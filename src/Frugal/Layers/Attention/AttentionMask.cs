using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Masks that are added to attention scores: 0 where a key is seen, the lowest finite number where not, so that a row without any key stays finite.</summary>
internal static class AttentionMask
{
    /// <summary>A mask of shape <c>[batch or 1, 1, queries or 1, keys]</c>, or null where every query sees every key.</summary>
    /// <param name="padding"><c>[batch, keys]</c>: 1 for a token, 0 for padding; null where there is none. Keys in front of its first are seen, like those of a prompt.</param>
    /// <param name="queries">Number of queries: the last ones of the keys.</param>
    /// <param name="keys">Number of keys.</param>
    /// <param name="isCausal">Whether a query sees only keys up to its own place.</param>
    /// <param name="type">Element type of the scores.</param>
    /// <param name="device">Where they are.</param>
    public static Tensor? Of(Tensor? padding, long queries, long keys, bool isCausal, ScalarType type, Device device)
    {
        // A single query is the last token and sees all.
        Tensor? hidden = isCausal && queries > 1
            ? arange(keys, device: device).unsqueeze(0) > arange(keys - queries, keys, device: device).unsqueeze(1)
            : null;
        if (padding is not null)
        {
            long inFront = keys - padding.shape[1];
            var isPadding = (inFront > 0 ? functional.pad(padding, [inFront, 0], value: 1) : padding).eq(0).unsqueeze(1).unsqueeze(1);
            hidden = hidden is null ? isPadding : hidden.logical_or(isPadding);
        }
        return hidden is null ? null : zeros(hidden.shape, type, device).masked_fill(hidden, finfo(type).min);
    }
}
