using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Growth;

/// <summary>
/// Puts a mixture of experts between a model and its classifier, which stays: e.g. before the layer that gives an encoder's start and end logits of answers (Zhou et al. 2022). Experts are routed within each sequence,
/// two a token, the second by chance; there is no shortcut around them, so that a token which found no room becomes 0.
/// </summary>
[Entry("expert-head", Paper = "robust-qa-moe")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["train", "measure-experts", "freeze"], ChangesShapes = true)]
public sealed class ExpertHead : Step
{
    /// <summary>Number of experts.</summary>
    [Range(1, 4096)]
    [Shorthand]
    public int Experts { get; init => field = Guard.Between(value, 1, 4096); } = 16;

    /// <summary>Width between the two layers of an expert; null for four times that of a token.</summary>
    [Range(1, 1_000_000)]
    public int? HiddenDim { get; init => field = value is { } width ? Guard.Between(width, 1, 1_000_000) : null; }

    /// <summary>Non-linearity of the experts.</summary>
    public Activation Activation { get; init; } = Activation.LeakyRelu;

    /// <summary>Which second choices are followed, in evaluation too.</summary>
    public SecondChoice Second { get; init; } = SecondChoice.Random;

    /// <summary>Weight from which on a second choice is (certainly) followed, θ.</summary>
    [Range(0, 1, AboveLow = true)]
    public double SecondThreshold { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.2;

    /// <summary>How many tokens an expert takes, counted over both choices; null for all that chose it. The default is tokens · 1.25 ÷ experts in training and tokens · 2 ÷ experts in evaluation, and at least 4.</summary>
    public ExpertCapacity? Capacity { get; init; } = new() { Factor = 0.625, EvaluationFactor = 1, RoundsUp = false };

    /// <summary>Standard deviation of the gate's weights at the start; the paper's code has 1, which makes gates of wide states nearly certain from the start.</summary>
    [Range(0, 1000)]
    public double GateDeviation { get; init => field = Guard.Between(value, 0, 1000); } = 1;

    /// <summary>Factor of the loss that keeps first choices even; the paper's released code has 1.</summary>
    [Range(0, 1e6)]
    public double BalanceWeight { get; init => field = Guard.Between(value, 0, 1e6); } = 0.01;

    /// <summary>Factor of the loss that keeps the experts' summed weights even.</summary>
    [Range(0, 1e6)]
    public double ImportanceWeight { get; init => field = Guard.Between(value, 0, 1e6); }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no linear classifier; it is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        var classifier = ClassifierOf(model, "expert-head");
        ModuleSurgery.RequireReplaceable(model, model.ClassifierPath, typeof(TorchSharp.Modules.Sequential));
        using var stream = new KeptRandomState();
        subject.Random.SeedTorch("expert-head", subject.History.Count);
        var mixture = Mixture(classifier.in_features);
        ModuleSurgery.Replace(model, model.ClassifierPath, Sequential(("experts", mixture), ("outputs", classifier)));
        return subject;
    }

    /// <summary>The linear layer at the end of a model.</summary>
    internal static TorchSharp.Modules.Linear ClassifierOf(Model model, string step) =>
        model.ClassifierPath.Length > 0 && ModuleSurgery.Find(model, model.ClassifierPath) is TorchSharp.Modules.Linear linear
            ? linear
            : throw new FrugalException($"{step} needs a linear classifier, and {model.GetName()} has none at its end; it comes before other steps that replace it");

    /// <summary>The layer, with weights drawn from libtorch's generator: gates normal, experts uniform within 1/√(width of the layer's output), as the paper's code has them.</summary>
    internal MixtureOfExperts Mixture(long dim)
    {
        var router = new TopKRouter { K = Math.Min(2, Experts), Second = Second, SecondThreshold = SecondThreshold, BalancesFirst = true };
        var mixture = new MixtureOfExperts(
            dim, HiddenDim ?? 4 * dim, Experts, router, activation: Activation, hasBias: false, capacity: Capacity, routesSequences: true, balanceWeight: BalanceWeight, importanceWeight: ImportanceWeight);
        using var mode = no_grad();
        foreach (var (name, parameter) in mixture.named_parameters())
        {
            double bound = 1 / Math.Sqrt(parameter.shape[0]);
            _ = name == "gate.weight" ? parameter.normal_(0, GateDeviation) : parameter.uniform_(-bound, bound);
        }
        return mixture;
    }
}
