using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>What a causal decoder hands to each of its attention layers beside the tokens.</summary>
/// <param name="Angles">Cosines and sines of the tokens' positions, see <see cref="RotaryEmbedding.Tables"/>.</param>
/// <param name="Mask">Added to the scores, or null where every key is seen.</param>
/// <param name="Cache">Keys and values of the tokens before these, or null.</param>
/// <param name="Layer">The layer's place in the cache.</param>
internal sealed record AttentionContext((Tensor Cosines, Tensor Sines) Angles, Tensor? Mask, KeyValueCache? Cache, int Layer)
{
    /// <summary>Of a sequence that begins here, each token of which sees those up to itself.</summary>
    /// <param name="input"><c>[batch, tokens, dim]</c>.</param>
    /// <param name="rotary">Turns queries and keys.</param>
    public static AttentionContext Alone(Tensor input, RotaryEmbedding rotary)
    {
        long tokens = input.shape[^2];
        return new(rotary.Tables(0, tokens, input.dtype, input.device), AttentionMask.Of(null, tokens, tokens, isCausal: true, input.dtype, input.device), null, 0);
    }
}
