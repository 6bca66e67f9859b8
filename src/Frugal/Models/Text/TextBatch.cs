using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>Token ids with what a model may be told about them.</summary>
/// <param name="InputIds"><c>[batch, tokens]</c>, 64-bit integers.</param>
public sealed record TextBatch(Tensor InputIds)
{
    /// <summary><c>[batch, tokens]</c>: 1 for a token, 0 for padding; null where there is no padding. With a key-value cache, over all tokens so far.</summary>
    public Tensor? AttentionMask { get; init; }

    /// <summary><c>[batch, tokens]</c>: 0 for the first part of a pair of texts, 1 for the second; null where all are 0.</summary>
    public Tensor? TokenTypeIds { get; init; }

    /// <summary><c>[batch, tokens]</c>: the place of each token in its sequence, for causal models; null where they follow those of the key-value cache.</summary>
    public Tensor? Positions { get; init; }

    /// <summary><c>[batch, tokens]</c>: the expert that computes each token in all layers, for a model whose router decides before they run; null lets it decide.</summary>
    public Tensor? Experts { get; init; }
}
