using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp.Modules;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training.Methods;

/// <summary>Keeps chosen weights, and the running statistics of layers whose weights are all chosen, as they are while the rest trains.</summary>
[Entry("hold-layers")]
[Capabilities(CombinesWith = ["train", "distillation"])]
public sealed class HoldLayers : TrainingMethod
{
    private readonly List<Parameter> frozen = [];
    private readonly List<Module> layers = [];

    /// <summary>Patterns over the names of weights that are kept, <c>*</c> standing for anything.</summary>
    public required IReadOnlyList<string> Include { get; init; }

    /// <summary>Patterns over the names of weights that train all the same.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <inheritdoc/>
    public override Phase Phase => Phase.Model;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">A pattern matches no weight, or nothing is left to train.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        var model = fit.Subject.Model;
        var named = model.named_parameters().ToDictionary(parameter => parameter.name, parameter => parameter.parameter);
        var chosen = new LayerSelection(Include, Exclude).Of([.. named.Keys], "weight", model.GetName()).ToHashSet();
        if (chosen.Count == named.Count)
            throw new FrugalException($"hold-layers leaves nothing of {model.GetName()} to train; exclude the weights that are to.");
        foreach (var parameter in chosen.Select(name => named[name]).Where(parameter => parameter.requires_grad))
        {
            parameter.requires_grad = false;
            frozen.Add(parameter);
        }
        layers.AddRange(model.modules().Where(layer => !layer.children().Any() && layer.parameters().Any() && layer.parameters().All(parameter => !parameter.requires_grad)));
    }

    /// <inheritdoc/>
    public override void OnBatch(Fit fit, ref Batch batch) => layers.ForEach(layer => layer.eval()); // validation puts every layer back into training

    /// <inheritdoc/>
    public override void Release()
    {
        frozen.ForEach(parameter => parameter.requires_grad = true);
        frozen.Clear();
        layers.Clear();
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}
