using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Adapters;

/// <summary>Freezes a trained network and trains small layers behind chosen ones, linear layers if nothing else is said; they stay in the network. The classifier is trained as it is.</summary>
public abstract class BranchAdapters : TrainingMethod
{
    private readonly TrainedChoice choice = new();
    private LayerExchange? exchange;

    /// <summary>Patterns over the paths of the layers that get another one behind them, <c>*</c> standing for anything.</summary>
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
        var chosen = Chosen(model);
        using (var generator = subject.Random.TorchAt(name, subject.History.Count))
        using (new KeptRandomState())
            exchange = new(model, [.. chosen.Select(layer => (layer.Path, (Module)Sequential(("layer", layer.Layer), ("adapter", Branch(layer.Path, layer.Dim, generator)))))]);
        string classifier = model.ClassifierPath + '.';
        choice.Make(model, (parameter, weight) => weight.requires_grad && (parameter.Contains(".adapter.", StringComparison.Ordinal) || parameter.StartsWith(classifier, StringComparison.Ordinal)));
    }

    /// <summary>The layers that get another one behind them, and how wide what they give out is.</summary>
    /// <param name="model">The network.</param>
    /// <exception cref="FrugalException">There is none.</exception>
    protected virtual IReadOnlyList<(string Path, Module<Tensor, Tensor> Layer, long Dim)> Chosen(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        bool hasClassifier = model.ClassifierPath.Length > 0 && ModuleSurgery.Find(model, model.ClassifierPath) is Linear;
        var chosen = LoraAdapters.Wrappable(model, new(Include, hasClassifier ? [.. Exclude, model.ClassifierPath] : Exclude));
        return chosen.Count > 0
            ? [.. chosen.Select(layer => (layer.Path, (Module<Tensor, Tensor>)layer.Layer, layer.Layer.out_features))]
            : throw new FrugalException($"{EntryName.Of(this)} finds no linear layer in {model.GetName()}: look at include and exclude; the classifier gets none");
    }

    /// <summary>The new layer behind one of them.</summary>
    /// <param name="path">Path of that layer.</param>
    /// <param name="dim">Width of what the layer gives out.</param>
    /// <param name="generator">Where its first weights come from.</param>
    protected abstract Layer Branch(string path, long dim, Generator generator);

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
