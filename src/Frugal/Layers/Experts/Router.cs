using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>Decides from the logits of a gate which experts compute a token, and with what weight.</summary>
/// <remarks>A router holds options only; what is trained belongs to the gate (<see cref="ExpertGate"/>).</remarks>
[CatalogueKind("router", "routers")]
public abstract class Router
{
    /// <summary>False for a router whose choices come from elsewhere, so that its layer has no gate.</summary>
    public virtual bool HasGate => true;

    /// <summary>Experts that compute a token: of an average one, where that is not the same for all.</summary>
    /// <param name="numExperts">Number of experts.</param>
    public abstract double ExpertsPerToken(int numExperts);

    /// <summary>Refuses a number of experts that the router cannot work with.</summary>
    /// <exception cref="FrugalException">There are too few.</exception>
    public virtual void Require(int numExperts) { }

    /// <summary>Choices of a token in evaluation where they follow from its probabilities alone, for <see cref="ChoosePlainly"/>; 0 where they do not.</summary>
    internal virtual int PlainChoices => 0;

    /// <summary>What <see cref="Route"/> chooses for a token in evaluation, from plain numbers.</summary>
    /// <param name="probabilities">Softmax of the token's logits.</param>
    /// <param name="chosen">Takes the experts, as many as <see cref="PlainChoices"/>.</param>
    /// <param name="weights">Takes their weights.</param>
    internal virtual void ChoosePlainly(ReadOnlySpan<float> probabilities, Span<int> chosen, Span<float> weights) => throw new NotSupportedException($"{GetType().Name} does not choose for tokens one by one");

    /// <summary>Routes tokens.</summary>
    /// <param name="logits">Logits of the gate, <c>[groups, tokens, experts]</c>; a capacity counts within a group.</param>
    /// <param name="context">How the layer runs.</param>
    /// <exception cref="FrugalException">The router cannot work with as many experts, or cannot be captured.</exception>
    public abstract Routing Route(Tensor logits, RoutingContext context);
}
