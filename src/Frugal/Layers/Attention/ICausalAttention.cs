using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>An attention layer that a causal decoder can hold: <c>[batch, tokens, dim]</c> to the same shape.</summary>
internal interface ICausalAttention
{
    /// <summary>Attends within the tokens and to those of the cache.</summary>
    /// <param name="input"><c>[batch, tokens, dim]</c>.</param>
    /// <param name="context">Positions, mask and cache.</param>
    Tensor Run(Tensor input, AttentionContext context);
}
