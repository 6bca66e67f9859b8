using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Linear = TorchSharp.Modules.Linear;

namespace Frugal.Training.Methods.Adapters;

/// <summary>
/// Freezes a trained network and trains small residual branches behind chosen linear layers, made of random features (Sehanobish et al. 2024, SNNK adapters): put them behind the output projections of attention and
/// feed-forward, <c>include: [ "*.attn.proj", "*.mlp.fc2" ]</c>. The classifier is trained as it is.
/// </summary>
[Entry("snnk-adapters", Paper = "snnk")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["gradient-noise"], ChangesShapes = true)]
public sealed class SnnkAdapters : TrainingMethod
{
    private readonly TrainedChoice choice = new();
    private LayerExchange? exchange;

    /// <summary>Random features, m; 8 to 64.</summary>
    [Range(1, 65_536)]
    [Shorthand]
    public long NumFeatures { get; init => field = Guard.Between(value, 1, 65_536); } = 16;

    /// <summary>Width of the bottleneck, l; 0 for none, with a factor for each output in its place.</summary>
    [Range(0, 1e6)]
    public long Hidden { get; init => field = Guard.Between(value, 0, 1_000_000); } = 16;

    /// <summary>What the branches begin with.</summary>
    public SnnkStart Start { get; init; } = SnnkStart.Mam;

    /// <summary>Puts a layer norm before each branch.</summary>
    public bool HasNorm { get; init; }

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
        var model = subject.Model;
        bool hasClassifier = ModuleSurgery.Find(model, model.ClassifierPath) is Linear;
        var chosen = LoraAdapters.Wrappable(model, new(Include, hasClassifier ? [.. Exclude, model.ClassifierPath] : Exclude));
        if (chosen.Count == 0)
            throw new FrugalException($"snnk-adapters finds no linear layer in {model.GetName()}: look at include and exclude; the classifier gets none");
        using (var generator = subject.Random.TorchAt("snnk-adapters", subject.History.Count))
        using (new KeptRandomState())
            exchange = new(model, [.. chosen.Select(layer => (layer.Path, (Module)Sequential(("layer", layer.Layer), ("adapter", Branch(layer.Layer, generator)))))]);
        string classifier = model.ClassifierPath + '.';
        choice.Make(model, (name, parameter) => parameter.requires_grad && (name.Contains(".adapter.", StringComparison.Ordinal) || name.StartsWith(classifier, StringComparison.Ordinal)));
    }

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

    private SnnkAdapter Branch(Linear layer, Generator generator)
    {
        var branch = new SnnkAdapter(layer.out_features, Hidden, NumFeatures, start: Start, hasNorm: HasNorm);
        branch.Draw(generator);
        return branch;
    }
}
