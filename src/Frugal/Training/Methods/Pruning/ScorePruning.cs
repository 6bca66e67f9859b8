using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training.Methods.Pruning;

/// <summary>
/// Prunes a trained network by learning which weights to keep (Mousavi et al. 2022, "DASS", arXiv 2207.06968, section 3.1; the scores are those of Ramanujan et al. 2020, arXiv 1911.13299): a score for each
/// weight is trained while the weights themselves, biases and norms stay as they are. Train on with <c>keep-zeros</c>.
/// </summary>
/// <remarks>Meant for shares of a few per cent, where the largest weights are a poor choice; plain gradient descent with a large rate, 0.1, works. Running statistics of norms follow the masks.</remarks>
[Entry("score-pruning", Paper = "dass")]
[Capabilities(WorksOn = ["Linear", "Conv2d"], CombinesWith = ["keep-zeros", "pack", "distillation"], PackedForm = "sparse")]
public sealed class ScorePruning : TrainingMethod
{
    private readonly TrainedChoice choice = new();
    private readonly List<(string Path, Module Layer)> layers = [];
    private LayerExchange? exchange;

    /// <summary>Share k of each layer's weights that is kept: 0.01 for what is called 99 % pruned.</summary>
    [Range(0, 1, AboveLow = true)]
    [Shorthand]
    public double KeepShare { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.01;

    /// <summary>Keeps one weight of a layer where the share is less than that; the authors' code does not.</summary>
    public bool KeepsOne { get; init; } = true;

    /// <summary>Starts from the mask of the largest weights; otherwise from random scores.</summary>
    public bool StartsFromWeights { get; init; } = true;

    /// <summary>Patterns over the paths of linear and convolution layers, <c>*</c> standing for anything; one must match one of them.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Patterns of layers that stay dense.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <inheritdoc/>
    public override Phase Phase => Phase.Model;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => [TrainedChoice.Claim, .. layers.Select(layer => $"mask of {layer.Path}.weight")];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or one cannot be replaced; the model is as before.</exception>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        var chosen = new LayerSelection(Include, Exclude).Of<Module>(model, layer => layer is Linear || layer is Conv2d convolution && Conv2dLayer.Fits(convolution));
        if (chosen.Count == 0)
            throw new FrugalException($"score-pruning finds no layer in {model.GetName()}: it takes linear layers and convolutions padded with zeros; look at include and exclude.");
        using var stream = new KeptRandomState();
        using var generator = subject.Random.TorchAt("score-pruning", subject.History.Count);
        exchange = new(model, [.. chosen.Select(layer => (layer.Path, Scored(layer.Layer, generator)))]);
    }

    /// <inheritdoc/>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        Forget();
        layers.AddRange(ModulePath.Walk(fit.Subject.Model).Where(module => module.Module is IScoredLayer && exchange!.Holds(module.Path)).Select(module => (module.Path, module.Module)));
        var scores = layers.Select(layer => layer.Layer.get_parameter("popup_scores")!.Handle).ToHashSet();
        choice.Make(fit.Subject.Model, (_, parameter) => scores.Contains(parameter.Handle));
    }

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var masks = layers.ToDictionary(layer => layer.Path, layer => ((IScoredLayer)layer.Layer).Mask());
        fit.Subject.Metrics["kept-weights"] = masks.Values.Sum(mask => mask.sum().ToDouble()) / masks.Values.Sum(mask => mask.numel());
        Undo(fit.Subject);
        foreach (var (path, mask) in masks)
            ModuleSurgery.Find(fit.Subject.Model, path).get_parameter("weight")!.mul_(mask);
    }

    /// <inheritdoc/>
    public override void Undo(Subject subject)
    {
        Forget();
        exchange?.Undo();
        exchange = null;
    }

    /// <inheritdoc/>
    public override void Release() => Forget();

    // Scores are parameters of the layers, and so part of every checkpoint.
    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }

    private Module Scored(Module dense, Generator generator)
    {
        var layer = dense is Linear linear ? SparseLinear.Of(linear, KeepShare, KeepsOne) : (Layer)SparseConv2d.Of((Conv2d)dense, KeepShare, KeepsOne);
        if (!StartsFromWeights)
            ((IScoredLayer)layer).DrawScores(generator);
        return layer;
    }

    private void Forget()
    {
        choice.Undo();
        layers.Clear();
    }
}
