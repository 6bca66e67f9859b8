using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>What a router decided: either which expert computes which token (<see cref="Tokens"/>, <see cref="Experts"/>, <see cref="Weights"/>), or weights of all (<see cref="Dense"/>).</summary>
/// <param name="Logits">What the gate said, noise included, <c>[groups, tokens, experts]</c>.</param>
/// <param name="Probabilities">Their softmax, <c>[groups, tokens, experts]</c>.</param>
/// <param name="Load">Share of the choices that fell on each expert before any was dropped, <c>[groups, experts]</c>; a constant.</param>
public sealed record Routing(Tensor Logits, Tensor Probabilities, Tensor Load)
{
    /// <summary>Weight of every expert for every token, <c>[groups · tokens, experts]</c>, where all experts compute all tokens; otherwise null.</summary>
    public Tensor? Dense { get; init; }

    /// <summary>The token of each choice, <c>[choices]</c>, counted over all groups; token by token where nothing was dropped.</summary>
    public Tensor? Tokens { get; init; }

    /// <summary>The expert of each choice, <c>[choices]</c>.</summary>
    public Tensor? Experts { get; init; }

    /// <summary>Which of its token's choices each is, from 0, <c>[choices]</c>; null where a token's choices have no order.</summary>
    public Tensor? Ranks { get; init; }

    /// <summary>The weight of each choice, <c>[choices]</c>, with a gradient to the logits where the router has one.</summary>
    public Tensor? Weights { get; init; }

    /// <summary>The tokens whose choice found no room, <c>[dropped]</c>, and the weights of these choices; null where none was dropped.</summary>
    public (Tensor Tokens, Tensor Weights)? Dropped { get; init; }

    /// <summary>Choices of each token where all have as many, so that choices can be read as <c>[tokens, perToken]</c>; otherwise 0.</summary>
    public int PerToken { get; init; }

    /// <summary>Weights of all experts as a matrix <c>[groups · tokens, experts]</c>, zero where an expert was not chosen.</summary>
    public Tensor ToDense()
    {
        if (Dense is not null)
            return Dense.alias();
        using var scope = NewDisposeScope();
        long experts = Probabilities.shape[^1], tokens = Probabilities.numel() / experts;
        return zeros([tokens * experts], dtype: Weights!.dtype, device: Weights.device).index_add(0, Tokens! * experts + Experts!, Weights, 1)
            .view(tokens, experts).MoveToOuterDisposeScope();
    }
}
