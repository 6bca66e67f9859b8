using Frugal.Catalogue;
using Frugal.Compression;
using Frugal.Compression.Quantization;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Native;
using Frugal.Recipes;
using Frugal.Training.Methods.Distillation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>
/// Trains a dense network on into one with N of every M neighbouring weights: the masks follow the weights while they train, masked weights are drawn to zero ever more strongly, the dense network teaches
/// the sparse one, and a few structured weights can be added (Huang et al. 2024, AST, arXiv 2407.20584).
/// </summary>
/// <remarks>
/// The network computes with <c>m∘W</c>; the gradient of that product moves all of <c>W</c>, also what is masked, so that a weight may come back. Linear layers take part, the classifier only if asked for.
/// Measures how many masks the last renewal changed (<c>flip-rate</c>) and how many are other than at the start (<c>initial-flip-rate</c>). With a decay the optimiser's second moment follows the direction
/// of the update on masked layers, as in the paper's code.
/// </remarks>
[Entry("ast", Paper = "ast")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["gradient-noise", "mix", "pack", "keep-zeros", "fold-slorb"], ChangesShapes = true, PackedForm = "N:M")]
public sealed class AdaptiveSparsity : TrainingMethod
{
    private readonly List<AdaptiveWeight> weights = [];
    private IReadOnlyList<(string Path, Tensor? SquaredNorms)> chosen = [];
    private KnowledgeDistillation? distillation;
    private LayerExchange? exchange;
    private AnnealedDecay annealing;
    private long interval, flipped;

    /// <summary>How many of how many neighbouring inputs stay, e.g. <c>2:4</c>; the group must divide the inputs of every layer.</summary>
    [Shorthand]
    public NofMPattern Pattern { get; init; } = NofMPattern.TwoOfFour;

    /// <summary>By what weights are judged.</summary>
    public WeightScore Score { get; init; }

    /// <summary>Training examples on which the sizes of inputs are measured for <c>score: wanda</c>, before the first mask.</summary>
    [Range(1, 1_000_000)]
    public int Calibration { get; init => field = Guard.Between(value, 1, 1_000_000); } = 128;

    /// <summary>Time between two renewals of the masks, f.</summary>
    public Duration MaskInterval { get; init; } = Duration.Batches(10);

    /// <summary>How strongly masked weights are drawn to zero once the rise is over, α; 0 leaves the optimiser as it is.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Decay { get; init => field = Guard.NotNegative(value); } = 1e-4;

    /// <summary>Time that the decay takes to rise, T0.</summary>
    public Duration DecayRise { get; init; } = 0.25;

    /// <summary>Neighbouring inputs that share an added weight (SLoRB), k; it must divide the inputs of every layer. Null adds none.</summary>
    [Range(1, 65_536)]
    public long? Boost { get; init => field = value is { } group ? Guard.Between(group, 1, 65_536) : null; }

    /// <summary>What the added weights begin with.</summary>
    public SlorbStart BoostStart { get; init; }

    /// <summary>Trains the sums of neighbouring inputs as well, which then are weights of their own.</summary>
    public bool TrainsProjection { get; init; }

    /// <summary>Factor on the loss of the labels.</summary>
    [Range(0, double.PositiveInfinity)]
    public double TaskWeight { get; init => field = Guard.NotNegative(value); } = 1.0 / 3;

    /// <summary>What of the teacher is followed; an empty list leaves the teacher and the factor on the labels' loss out.</summary>
    public IReadOnlyList<DistillationTerm> Terms { get; init; } = [new LogitTerm { Weight = 2.0 / 3, Temperature = 2 }];

    /// <summary>The network to follow: the dense one, as it was before this training, unless another is named.</summary>
    public Teacher Teacher { get; init; } = new TeacherBefore();

    /// <summary>Patterns over the paths of layers, <c>*</c> standing for anything; a layer must match one of them.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Patterns of layers that stay dense.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>True when the classifying layer takes part as well.</summary>
    public bool IncludeClassifier { get; init; }

    /// <inheritdoc/>
    public override Phase Phase => Phase.Weight;

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => Terms.Count == 0 ? [] : [Teacher];

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => [.. weights.Select(weight => $"mask of {weight.Name}"), .. distillation?.Claims(fit) ?? []];

    /// <summary>The masks by parameter name: 1 where the weight is kept, 0 where it is masked.</summary>
    public IReadOnlyDictionary<string, Tensor> Masks => weights.ToDictionary(weight => weight.Name, weight => weight.Mask);

    /// <inheritdoc/>
    /// <exception cref="FrugalException">There is no such teacher, or it sees other images or has other classes.</exception>
    public override void OnPrepare(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (Terms.Count == 0)
            return;
        distillation = new KnowledgeDistillation { Teacher = Teacher, HardWeight = TaskWeight, Terms = Terms };
        distillation.OnPrepare(subject);
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or groups do not divide the inputs of one; the model is as before.</exception>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (BoostStart == SlorbStart.Xavier && !TrainsProjection)
            throw new FrugalException("ast draws the projection of its added weights (boost-start: xavier), so it must be trained: set trains-projection, or boost-start: mean");
        var layers = SparseLinears.Of(subject.Model, Include, Exclude, IncludeClassifier, Pattern, "ast");
        using var scope = NewDisposeScope();
        var norms = Score == WeightScore.Wanda
            ? InputNorms.Of(subject.Model, layers, [.. CalibrationExamples.Of(subject.Data.Train, Calibration, subject.Random).Select(batch => batch.to(subject.Device))])
            : null;
        chosen = [.. layers.Select((layer, i) => (layer.Path, norms?[i]))];
        if (Boost is not { } group)
            return;
        var boosted = chosen.Zip(layers).Where(pair => !IsBoosted(subject.Model, pair.First.Path)).ToList();
        if (boosted.Count == 0)
            return;
        if (boosted.FirstOrDefault(pair => pair.Second.Layer.in_features % group != 0).Second is { Layer: { } wrong, Path: var path })
            throw new FrugalException($"'{path}' has {wrong.in_features} inputs, which groups of {group} do not divide (boost): exclude it, or choose a group that does");
        using var generator = subject.Random.TorchAt("ast", subject.History.Count);
        using var stream = new KeptRandomState();
        var norm = boosted.ToDictionary(pair => pair.First.Path, pair => pair.First.SquaredNorms);
        exchange = Replacement.Exchange(subject.Model, [.. boosted.Select(pair => pair.Second)], layer => Boosted(layer.Layer, norm[layer.Path], group, generator));
        chosen = [.. chosen.Select(layer => exchange.Holds(layer.Path) ? ($"{layer.Path}.sparse", layer.SquaredNorms) : layer)];
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The optimiser cannot draw masked weights to zero.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        distillation?.OnFitStart(fit);
        if (Decay > 0 && !fit.Optimizer.DecaysMasked)
            throw new FrugalException("ast draws masked weights to zero within the optimiser, which adam and adamw can: choose one of them, or decay: 0");
        annealing = new(Decay, DecayRise.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates));
        interval = Math.Max(1, MaskInterval.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates));
        foreach (var (path, norms) in chosen)
            weights.Add(new AdaptiveWeight($"{path}.weight", ((Linear)ModuleSurgery.Find(fit.Subject.Model, path)).weight!, Pattern, norms));
    }

    /// <inheritdoc/>
    public override void OnForward(Fit fit, Tensor outputs) => distillation?.OnForward(fit, outputs);

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss) => distillation?.OnLoss(fit, ref loss);

    /// <inheritdoc/>
    public override void BeforeStep(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        foreach (var weight in weights)
        {
            weight.PutBackStored();
            if (Decay > 0)
                fit.Optimizer.DecayMasked(weight.Name, new(weight.Mask, annealing.At(fit.Update)));
        }
    }

    /// <inheritdoc/>
    public override void AfterStep(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        weights.ForEach(weight => weight.TakeStored());
        // The last masks have been trained with: none is made for weights that nothing follows.
        if ((fit.Update + 1) % interval == 0 && fit.Update + 1 < fit.TotalUpdates)
            Renew(fit);
        weights.ForEach(weight => weight.ApplyMask());
    }

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        weights.ForEach(weight => weight.ApplyMask());
        double count = weights.Sum(weight => weight.Count);
        fit.Subject.Metrics["flip-rate"] = flipped / count;
        fit.Subject.Metrics["initial-flip-rate"] = weights.Sum(weight => weight.FlippedSinceStart()) / count;
        exchange?.Settle();
        exchange = null;
    }

    /// <inheritdoc/>
    public override void Undo(Subject subject)
    {
        exchange?.Undo();
        exchange = null;
    }

    /// <inheritdoc/>
    public override void Release()
    {
        weights.ForEach(weight => weight.Dispose());
        weights.Clear();
        foreach (var (_, norms) in chosen)
            norms?.Dispose();
        distillation?.Release();
        (chosen, distillation, flipped) = ([], null, 0);
    }

    /// <inheritdoc/>
    public override MethodState Save()
    {
        var tensors = weights.SelectMany(weight => weight.Kept).ToDictionary(kept => kept.Name, kept => kept.Tensor);
        foreach (var (name, tensor) in distillation?.Save().Tensors ?? MethodState.None.Tensors)
            tensors[$"distillation.{name}"] = tensor;
        return new(tensors, new Dictionary<string, double> { ["flipped"] = flipped });
    }

    /// <inheritdoc/>
    public override void Load(MethodState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        const string prefix = "distillation.";
        weights.ForEach(weight => weight.Load(state.Tensors));
        distillation?.Load(state with
        {
            Tensors = state.Tensors.Where(kept => kept.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(kept => kept.Key[prefix.Length..], kept => kept.Value),
        });
        flipped = (long)state.Numbers["flipped"];
    }

    private void Renew(Fit fit)
    {
        flipped = weights.Sum(weight => weight.Remask());
        // An average made before must not keep alive what is masked now.
        foreach (var weight in weights)
            if (fit.Averages.TryGetValue(weight.Name, out var average))
                weight.ApplyMaskTo(average);
    }

    private SlorbLinear Boosted(Linear dense, Tensor? squaredNorms, long group, Generator generator)
    {
        using var scope = NewDisposeScope();
        var mask = NofMMask.Of(NofMMask.Scores(dense.weight!, squaredNorms), Pattern);
        return SlorbLinear.Of(dense, mask, group, BoostStart, TrainsProjection, generator);
    }

    private static bool IsBoosted(Model model, string path) =>
        path.LastIndexOf('.') is > 0 and var dot && ModuleSurgery.Find(model, path[..dot]) is SlorbLinear;
}
