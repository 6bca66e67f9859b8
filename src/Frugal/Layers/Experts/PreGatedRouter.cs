using Frugal.Catalogue;
using Frugal.Graphs;
using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>
/// Takes the choices that were made before the layer runs, by one router for all layers (Cai et al. 2024, "Read-ME", arXiv 2410.19123): <see cref="MixtureOfExperts.PreRoute"/> hands them in. Outputs are not
/// multiplied by a gate's value.
/// </summary>
[Entry("pre-gated")]
public sealed class PreGatedRouter : Router
{
    /// <inheritdoc/>
    public override bool HasGate => false;

    /// <inheritdoc/>
    public override double ExpertsPerToken(int numExperts) => 1;

    /// <inheritdoc/>
    public override Routing Route(Tensor logits, RoutingContext context) =>
        throw new FrugalException("A pre-gated mixture has no gate: hand in the expert of each token by PreRoute before the layer runs");

    /// <summary>The routing for choices made elsewhere.</summary>
    /// <param name="chosen">Expert of each token, <c>[tokens]</c>.</param>
    /// <param name="tokens">Tokens of the layer's input.</param>
    /// <param name="numExperts">Number of experts.</param>
    /// <param name="like">A tensor whose type the weights have.</param>
    /// <exception cref="FrugalException">There are choices for another number of tokens, or of experts that do not exist.</exception>
    internal static Routing Given(Tensor chosen, long tokens, int numExperts, Tensor like)
    {
        if (chosen.dim() != 1 || chosen.shape[0] != tokens)
            throw new FrugalException($"PreRoute was given experts [{string.Join(", ", chosen.shape)}] and the layer runs on {tokens} tokens: it takes one expert a token");
        using var scope = NewDisposeScope();
        if (Graph.IsCapturing)
        {
            var weights = chosen.unsqueeze(-1).eq(arange(numExperts, device: chosen.device)).to(like.dtype).MoveToOuterDisposeScope();
            return new(weights.unsqueeze(0).MoveToOuterDisposeScope(), weights.unsqueeze(0).MoveToOuterDisposeScope(), zeros(1, numExperts).MoveToOuterDisposeScope()) { Dense = weights };
        }
        if (tokens > 0 && (chosen.min().item<long>() < 0 || chosen.max().item<long>() >= numExperts))
            throw new FrugalException($"PreRoute was given an expert that is not among the {numExperts}, from 0");
        var isChosen = nn.functional.one_hot(chosen, numExperts).to(like.dtype).unsqueeze(0);
        return new(isChosen.MoveToOuterDisposeScope(), isChosen.MoveToOuterDisposeScope(), RoutingMath.Load(chosen.view(1, -1, 1), numExperts, like.dtype).MoveToOuterDisposeScope())
        {
            Tokens = arange(tokens, device: like.device).MoveToOuterDisposeScope(),
            Experts = chosen.alias().MoveToOuterDisposeScope(),
            Weights = ones([tokens], dtype: like.dtype, device: like.device).MoveToOuterDisposeScope(),
            PerToken = 1,
        };
    }
}
