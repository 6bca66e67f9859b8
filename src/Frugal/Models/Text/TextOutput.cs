using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>What a text model computes. All tensors belong to the open dispose scope.</summary>
/// <param name="Hidden">What the embedding gives, then what each layer gives, <c>[batch, tokens, dim]</c> each; the last is what the head sees.</param>
public sealed record TextOutput(IReadOnlyList<Tensor> Hidden)
{
    /// <summary>
    /// <c>[batch, classes]</c> for a sequence, <c>[batch, tokens, classes]</c> for tokens, <c>[batch, tokens, vocabulary]</c> for language models, <c>[batch, tokens, 2]</c> (start and end)
    /// for answers; null without a head.
    /// </summary>
    public Tensor? Logits { get; init; }

    /// <summary>Which tokens are no padding, <c>[batch, tokens]</c>, for heads that look at neighbours (<see cref="IMaskedLayer"/>); null where there is none.</summary>
    internal Tensor? Mask { get; init; }

    /// <summary>BERT's pooled first token, <c>[batch, dim]</c>; null where the model has none.</summary>
    public Tensor? Pooled { get; init; }

    /// <summary>BERT's judgement whether the second text follows the first, <c>[batch, 2]</c>; null where the head has none.</summary>
    public Tensor? NextSentenceLogits { get; init; }

    internal TextOutput MoveToOuterDisposeScope()
    {
        foreach (var tensor in Hidden.Append(Logits).Append(Pooled).Append(NextSentenceLogits))
            tensor?.MoveToOuterDisposeScope();
        return this;
    }
}
