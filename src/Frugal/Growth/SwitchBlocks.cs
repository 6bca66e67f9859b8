using Frugal.Catalogue;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Growth;

/// <summary>
/// Puts transformer blocks with Switch feed-forward layers, and a fresh classifier, in the place of a model's classifier (Zhou et al. 2022). Meant for models that give logits for each token, e.g. the ends of answers.
/// </summary>
[Entry("switch-blocks", Paper = "robust-qa-moe")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["train", "measure-experts", "freeze"], ChangesShapes = true)]
public sealed class SwitchBlocks : Step
{
    /// <summary>Number of blocks.</summary>
    [Range(1, 1000)]
    [Shorthand]
    public int Blocks { get; init => field = Guard.Between(value, 1, 1000); } = 8;

    /// <summary>Experts of a block.</summary>
    [Range(1, 4096)]
    public int Experts { get; init => field = Guard.Between(value, 1, 4096); } = 16;

    /// <summary>Width between the two layers of an expert; null for four times that of a token.</summary>
    [Range(1, 1_000_000)]
    public int? HiddenDim { get; init => field = value is { } width ? Guard.Between(width, 1, 1_000_000) : null; }

    /// <summary>Heads of attention; a divisor of the model's width.</summary>
    [Range(1, 4096)]
    public int Heads { get; init => field = Guard.Between(value, 1, 4096); } = 8;

    /// <summary>Share of units that dropout sets to zero in training, after each part of a block.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double DropRate { get; init => field = Guard.Fraction(value); } = 0.2;

    /// <summary>Whether outputs of experts are multiplied by the probability of the choice.</summary>
    public bool ScalesOutput { get; init; } = true;

    /// <summary>How many tokens an expert takes; null for all that chose it. The paper's: factor 1.25, rounded down, at random, and what finds no room passes through.</summary>
    public ExpertCapacity? Capacity { get; init; }

    /// <summary>Factor of the balance loss of each block.</summary>
    [Range(0, 1e6)]
    public double BalanceWeight { get; init => field = Guard.Between(value, 0, 1e6); } = 0.01;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no linear classifier, or the heads do not divide its width; it is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        var classifier = ExpertHead.ClassifierOf(model, "switch-blocks");
        ModuleSurgery.RequireReplaceable(model, model.ClassifierPath, typeof(SwitchHead));
        using var stream = new KeptRandomState();
        subject.Random.SeedTorch("switch-blocks", subject.History.Count);
        long dim = classifier.in_features;
        var head = new SwitchHead(dim, classifier.out_features, Blocks, HiddenDim ?? 4 * dim, Experts, Heads, DropRate, ScalesOutput, Capacity, BalanceWeight);
        ModuleSurgery.Replace(model, model.ClassifierPath, head);
        return subject;
    }
}
