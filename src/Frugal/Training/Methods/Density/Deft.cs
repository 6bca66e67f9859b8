using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Training.Methods.Distillation;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Density;

/// <summary>
/// Makes the activations of feed-forward blocks sparse while a network is fine-tuned: adds the smooth share of units that are not zero to the loss (Runwal et al. 2024, DEFT). Beside <c>lora</c> or
/// adapters, which say what is trained; the network that comes out has the same layers, and <c>measure-density</c> says how active they are.
/// </summary>
/// <remarks>
/// The term is the mean, over the examples and the observed layers, of <c>mean ρ(x)</c> with <c>ρ(x) = x² / (x² + ε)</c>, between 0 and 1 (section 3). Padding counts like other tokens. Of a network with two
/// stacks, an encoder and a decoder, each has its own mean, and their sum counts.
/// </remarks>
[Entry("deft", Paper = "deft")]
[Capabilities(WorksOn = ["FeedForward", "GatedFeedForward"], CombinesWith = ["lora", "bottleneck-adapters", "snnk-adapters", "distillation", "measure-density"])]
public sealed class Deft : TrainingMethod
{
    private readonly List<LayerOutputs> stacks = [];

    /// <summary>Factor on the term in the loss, w; 0 trains as if the method were not there.</summary>
    [Range(0, double.PositiveInfinity)]
    [Shorthand]
    public double Weight { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Width of the smooth step from inactive to active, ε: a unit at √ε counts as half active.</summary>
    [Range(0, 1e6, AboveLow = true)]
    public double Epsilon { get; init => field = Guard.Between(Guard.Positive(value), 0, 1e6); } = 1e-7;

    /// <summary>Patterns over the paths of the layers whose outputs are made sparse, <c>*</c> standing for anything; empty takes the activations of the feed-forward blocks.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of layers that are left alone.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Patterns of those among the layers that have a mean of their own, the decoder's beside the encoder's; empty takes one mean over all.</summary>
    public IReadOnlyList<string> Decoder { get; init; } = [];

    /// <inheritdoc/>
    public override Phase Phase => Phase.Loss;

    /// <inheritdoc/>
    public override Type After => typeof(KnowledgeDistillation);

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The network has no such layer, or a pattern matches none.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        var model = fit.Subject.Model;
        var paths = FeedForwardActivations.Of(model, Include, Exclude, "deft");
        var decoder = new LayerSelection(Decoder, []).Of(paths, "observed layer", model.GetName()).ToHashSet();
        if (Weight > 0)
            stacks.AddRange(paths.GroupBy(decoder.Contains).Select(stack => new LayerOutputs(model, [.. stack])));
    }

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        using var scope = NewDisposeScope();
        foreach (var stack in stacks)
            loss = loss + Weight * ActivationDensity.Penalty(stack.Take(scope), Epsilon).mean();
        loss = loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Release()
    {
        stacks.ForEach(stack => stack.Dispose());
        stacks.Clear();
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}
