using Frugal.Catalogue;
using Frugal.Compression;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp.Modules;

namespace Frugal.Training.Methods.Factorization;

/// <summary>
/// Trains linear layers as Monarch matrices for most of the updates and as the dense layers that compute the same for the rest: reverse sparsification (Dao et al. 2022, section 4), which costs less than
/// dense training. The schedule of the learning rate goes on; the optimiser's state begins anew for the dense weights.
/// </summary>
/// <remarks>Layers that are Monarch layers already are trained on. Layers that would not shrink are dense from the start.</remarks>
[Entry("reverse-sparsification", Paper = "monarch")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["gradient-noise", "lamb"])]
public sealed class ReverseSparsification : TrainingMethod
{
    private LayerExchange? exchange;
    private Fit? running;
    private bool isDense;

    /// <summary>Blocks of each factor.</summary>
    [Range(1, 65_536)]
    public int NumBlocks { get; init => field = Guard.Between(value, 1, 65_536); } = 4;

    /// <summary>When the layers become dense; the paper takes 0.7 to 0.9 of the updates.</summary>
    [Shorthand]
    public Duration Until { get; init; } = 0.8;

    /// <summary>Patterns over the paths of layers, <c>*</c> standing for anything; a layer must match one of them.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Patterns of layers that are dense from the start.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>True when the classifying layer takes part as well; the paper leaves it dense.</summary>
    public bool IncludeClassifier { get; init; }

    /// <inheritdoc/>
    public override Phase Phase => Phase.Model;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or one cannot be replaced; the model is as before.</exception>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        isDense = false;
        if (LayerSelection.All.Of<MonarchLinear>(model).Count > 0)
            return;
        bool spares = !IncludeClassifier && ModuleSurgery.Find(model, model.ClassifierPath) is Linear;
        exchange = Monarch.Begin(model, NumBlocks, subject.Random, subject.History.Count, new(Include, spares ? [.. Exclude, model.ClassifierPath] : Exclude),
            text => subject.Report(new RunEvent.Note($"reverse-sparsification: {text}")));
    }

    /// <inheritdoc/>
    public override void OnFitStart(Fit fit) => running = fit;

    /// <inheritdoc/>
    public override void AfterStep(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (!isDense && fit.Update + 1 >= Until.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates))
            Densify(fit);
    }

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit)
    {
        exchange?.Settle();
        (exchange, running) = (null, null);
    }

    /// <inheritdoc/>
    public override void Undo(Subject subject)
    {
        exchange?.Undo();
        (exchange, running) = (null, null);
    }

    /// <inheritdoc/>
    public override MethodState Save() => new(MethodState.None.Tensors, new Dictionary<string, double> { ["is-dense"] = isDense ? 1 : 0 });

    /// <inheritdoc/>
    public override void Load(MethodState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Numbers["is-dense"] == 1)
            Densify(running!);
    }

    // The optimiser knows the old parameters until it is rebuilt, so they are let go after that.
    private void Densify(Fit fit)
    {
        isDense = true;
        if (LayerSelection.All.Of<MonarchLinear>(fit.Subject.Model).Count == 0)
            return;
        var dense = Monarch.Densify(fit.Subject.Model, null);
        fit.Rebuild();
        dense.Settle();
    }
}
