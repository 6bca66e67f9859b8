using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>Each token goes to the one expert that its gate finds most probable, times that probability (Fedus et al. 2021, "Switch Transformers", arXiv 2101.03961).</summary>
[Entry("switch")]
public sealed class SwitchRouter : Router
{
    private TopKRouter? chooses;

    /// <summary>Whether outputs are multiplied by the probability; otherwise by 1 with the probability's gradient, so that equal experts compute what one would.</summary>
    [Shorthand]
    public bool ScalesOutput { get; init; } = true;

    /// <summary>How the expert is found.</summary>
    public ExpertSelection Selection { get; init; } = ExpertSelection.Best;

    /// <inheritdoc/>
    public override double ExpertsPerToken(int numExperts) => 1;

    private TopKRouter Chooses => chooses ??= new() { K = 1, Weights = ScalesOutput ? ExpertWeights.Probability : ExpertWeights.StraightThrough, Selection = Selection };

    internal override int PlainChoices => Chooses.PlainChoices;

    /// <inheritdoc/>
    public override Routing Route(Tensor logits, RoutingContext context) => Chooses.Route(logits, context);

    internal override void ChoosePlainly(ReadOnlySpan<float> probabilities, Span<int> chosen, Span<float> weights) => Chooses.ChoosePlainly(probabilities, chosen, weights);
}
