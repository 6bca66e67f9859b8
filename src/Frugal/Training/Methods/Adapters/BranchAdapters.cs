using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Adapters;

/// <summary>Freezes a trained network and trains small branches behind chosen linear layers, which stay in the network; the classifier is trained as it is.</summary>
public abstract class BranchAdapters : TrainingMethod
{
    private readonly TrainedChoice choice = new();
    private LayerExchange? exchange;

    /// <summary>Patterns over the paths of the layers that get a branch behind them, <c>*</c> standing for anything.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Patterns of layers that get none.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <inheritdoc/>
    public override Phase Phase => Phase.Model;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => [TrainedChoice.Claim];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or one cannot be replaced; the model is as before.</exception>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var (model, name) = (subject.Model, EntryName.Of(this));
        bool hasClassifier = model.ClassifierPath.Length > 0 && ModuleSurgery.Find(model, model.ClassifierPath) is Linear;
        var chosen = LoraAdapters.Wrappable(model, new(Include, hasClassifier ? [.. Exclude, model.ClassifierPath] : Exclude));
        if (chosen.Count == 0)
            throw new FrugalException($"{name} finds no linear layer in {model.GetName()}: look at include and exclude; the classifier gets none");
        using (var generator = subject.Random.TorchAt(name, subject.History.Count))
        using (new KeptRandomState())
            exchange = new(model, [.. chosen.Select(layer => (layer.Path, (Module)Sequential(("layer", layer.Layer), ("adapter", Branch(layer.Layer.out_features, generator)))))]);
        string classifier = model.ClassifierPath + '.';
        choice.Make(model, (parameter, weight) => weight.requires_grad && (parameter.Contains(".adapter.", StringComparison.Ordinal) || parameter.StartsWith(classifier, StringComparison.Ordinal)));
    }

    /// <summary>A new branch with its shortcut, <c>[…, dim]</c> to the same shape.</summary>
    /// <param name="dim">Width of what the layer gives out.</param>
    /// <param name="generator">Where its first weights come from.</param>
    protected abstract Layer Branch(long dim, Generator generator);

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit)
    {
        choice.Undo();
        exchange = null;
    }

    /// <inheritdoc/>
    public override void Undo(Subject subject)
    {
        choice.Undo();
        exchange?.Undo();
        exchange = null;
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}
