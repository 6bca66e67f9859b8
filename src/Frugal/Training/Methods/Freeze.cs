using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training.Methods;

/// <summary>Keeps chosen weights, and the running statistics of layers whose weights are all chosen, as they are while the rest trains.</summary>
[Entry("freeze")]
[Capabilities(CombinesWith = ["train", "distillation", "compactifai", "monarch", "low-rank"])]
public sealed class Freeze : TrainingMethod
{
    private readonly TrainedChoice choice = new();
    private readonly List<Module> layers = [];

    /// <summary>Patterns over the names of weights that are kept, <c>*</c> standing for anything.</summary>
    [Shorthand]
    public required IReadOnlyList<string> Include { get; init; }

    /// <summary>Patterns over the names of weights that train all the same.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <inheritdoc/>
    public override Phase Phase => Phase.Model;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => [TrainedChoice.Claim];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">A pattern matches no weight, or nothing is left to train.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        var model = fit.Subject.Model;
        var names = model.named_parameters().Select(parameter => parameter.name).ToList();
        var frozen = new LayerSelection(Include, Exclude).Of(names, "weight", model.GetName()).ToHashSet();
        if (frozen.Count == names.Count)
            throw new FrugalException($"freeze leaves nothing of {model.GetName()} to train; exclude the weights that are to.");
        choice.Make(model, (name, parameter) => parameter.requires_grad && !frozen.Contains(name));
        layers.AddRange(model.modules().Where(layer => !layer.children().Any() && layer.parameters().Any() && layer.parameters().All(parameter => !parameter.requires_grad)));
    }

    /// <inheritdoc/>
    public override void OnBatch(Fit fit, ref Batch batch) => layers.ForEach(layer => layer.eval()); // validation puts every layer back into training

    /// <inheritdoc/>
    public override void Release()
    {
        choice.Undo();
        layers.Clear();
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}
