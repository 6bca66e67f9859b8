using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Adapters;

/// <summary>
/// Freezes a trained network and trains low-rank updates of its linear layers instead: W* + (α/r) B A, where A begins at random and B at zero (Hu et al. 2021, LoRA; for what its gradients cost, Hu et al.
/// 2025, arXiv 2406.03136).
/// </summary>
/// <remarks>
/// The classifier is trained as it is, unless it is to have an adapter too. Adapters that are there already, from an earlier training or a file, are trained on.
/// </remarks>
[Entry("lora", Paper = "lora-limits")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["gradient-noise", "deft", "merge-lora", "save-lora", "load-lora"], ChangesShapes = true)]
public sealed class Lora : TrainingMethod
{
    private readonly TrainedChoice choice = new();
    private LayerExchange? exchange;

    /// <summary>Rank r of the updates, at most full rank.</summary>
    [Range(1, 65_536)]
    [Shorthand]
    public long Rank { get; init => field = Guard.Between(value, 1, 65_536); } = 8;

    /// <summary>Strength α of the updates, which is divided by the rank.</summary>
    [Range(0, 1e9, AboveLow = true)]
    public double Alpha { get; init => field = Guard.Between(Guard.Positive(value), 0, 1e9); } = 16;

    /// <summary>Share of the updates' inputs that dropout sets to zero.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double DropRate { get; init => field = Guard.Fraction(value); }

    /// <summary>Patterns over the paths of linear layers that get an adapter, <c>*</c> standing for anything.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Patterns of layers that get none.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>True when the classifier gets an adapter instead of being trained as it is.</summary>
    public bool IncludeClassifier { get; init; }

    /// <summary>Names of further parameters that are trained, <c>*</c> standing for anything, e.g. <c>*norm*</c> or <c>*bias</c>.</summary>
    public IReadOnlyList<string> Trains { get; init; } = [];

    /// <summary>Keeps the adapters beside the frozen weights after training; otherwise they are merged into them.</summary>
    public bool KeepsAdapters { get; init; }

    /// <inheritdoc/>
    public override Phase Phase => Phase.Model;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => [TrainedChoice.Claim];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, a rank is above full rank, or a layer cannot be replaced; the model is as before.</exception>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        var chosen = Chosen(model);
        // Refuses a pattern that matches nothing. An adapter gives some weights other names, which the patterns are for as well.
        new LayerSelection(Trains, []).Of([.. model.named_parameters().Select(parameter => parameter.name)], "weight", model.GetName());
        var further = Trains.Select(text => new NamePattern(text)).ToList();
        foreach (var layer in chosen)
            LoraAdapters.RequireRank(layer, Rank);
        using (var generator = subject.Random.TorchAt("lora", subject.History.Count))
        using (new KeptRandomState())
            exchange = new(model, [.. chosen.Select(layer => (layer.Path, (Module)LoraLinear.Around(layer.Layer, Rank, Alpha, DropRate, generator)))]);
        string classifier = model.ClassifierPath + '.';
        choice.Make(model, (name, parameter) => name.EndsWith(".lora_A.weight", StringComparison.Ordinal) || name.EndsWith(".lora_B.weight", StringComparison.Ordinal)
            || name.StartsWith(classifier, StringComparison.Ordinal) && parameter.requires_grad || further.Any(pattern => pattern.Matches(name)));
    }

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        choice.Undo();
        if (!KeepsAdapters)
            LoraAdapters.Merge(fit.Subject.Model);
        exchange = null;
    }

    /// <inheritdoc/>
    public override void Undo(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        choice.Undo();
        if (exchange is { } made)
        {
            foreach (var adapter in LoraAdapters.In(subject.Model).Where(adapter => made.Holds(adapter.Path)))
                adapter.Layer.Release();
            made.Undo();
        }
        exchange = null;
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }

    private IReadOnlyList<SelectedLayer<Linear>> Chosen(Model model)
    {
        bool sparesClassifier = !IncludeClassifier && ModuleSurgery.Find(model, model.ClassifierPath) is Linear;
        var chosen = LoraAdapters.Wrappable(model, new(Include, sparesClassifier ? [.. Exclude, model.ClassifierPath] : Exclude));
        return chosen.Count > 0 || LoraAdapters.In(model).Count > 0
            ? chosen
            : throw new FrugalException($"lora finds no linear layer in {model.GetName()} to adapt: look at include and exclude; the classifier gets an adapter only if asked for (include-classifier)");
    }
}
