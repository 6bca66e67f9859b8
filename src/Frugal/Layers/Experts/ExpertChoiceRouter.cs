using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>
/// Each expert takes the tokens of a group that its gate finds most probable for it, as many as its share (Zhou et al. 2022, "Mixture-of-Experts with Expert Choice Routing", arXiv 2202.09368): loads are even by
/// construction, a token may go to several experts or to none. What a token gets depends on those beside it.
/// </summary>
[Entry("expert-choice")]
public sealed class ExpertChoiceRouter : Router
{
    /// <summary>Experts that a token has on average.</summary>
    [Range(0, 4096, AboveLow = true)]
    [Shorthand]
    public double Factor { get; init => field = Guard.Positive(Guard.Between(value, 0, 4096)); } = 2;

    /// <inheritdoc/>
    public override double ExpertsPerToken(int numExperts) => Math.Min(Factor, numExperts);

    /// <inheritdoc/>
    public override Routing Route(Tensor logits, RoutingContext context)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(context);
        if (context.IsCaptured)
            throw new FrugalException("Routing by expert choice cannot be exported: which tokens an expert takes depends on the whole batch; use top-k or switch");
        var (groups, tokens, experts) = (logits.shape[0], logits.shape[1], logits.shape[2]);
        var probabilities = logits.softmax(-1);
        long slots = Math.Min(tokens, (long)Math.Ceiling(tokens * Factor / experts));
        // [groups, experts, slots]
        var (weights, chosen) = probabilities.transpose(1, 2).topk((int)slots, dim: -1);
        var offsets = (arange(groups, device: logits.device) * tokens).view(-1, 1, 1);
        return new(logits, probabilities, full([groups, experts], 1.0 / experts, dtype: logits.dtype, device: logits.device))
        {
            Tokens = (chosen + offsets).flatten(),
            Experts = arange(experts, device: logits.device).view(1, -1, 1).expand(groups, experts, slots).flatten(),
            Weights = weights.flatten(),
        };
    }
}
