using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>Every expert computes every token, weighted with the softmax of the gate (Jacobs et al. 1991): nothing is dropped, and nothing is saved.</summary>
[Entry("soft")]
public sealed class SoftRouter : Router
{
    /// <inheritdoc/>
    public override double ExpertsPerToken(int numExperts) => numExperts;

    /// <inheritdoc/>
    public override Routing Route(Tensor logits, RoutingContext context)
    {
        ArgumentNullException.ThrowIfNull(logits);
        var probabilities = logits.softmax(-1);
        long experts = logits.shape[^1];
        return new(logits, probabilities, full([logits.shape[0], experts], 1.0 / experts, dtype: logits.dtype, device: logits.device)) { Dense = probabilities.flatten(0, 1) };
    }
}
