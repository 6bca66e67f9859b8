using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training.Methods.Kan;

/// <summary>
/// The three phases of S-KAN (Yang et al. 2024, arXiv 2408.08338) for the Kolmogorov-Arnold layers of a model: all families are trained together with their gates; then every node keeps one, whose weight is held; then that
/// weight goes into the coefficients, edges that hardly change are removed if asked for, and what is left is trained on. At the end the other families are gone from the model.
/// </summary>
/// <remarks>The rules of choice and the lengths of the phases were not to be read in the paper. The choice <c>fit</c> loses least of what the first phase has learned.</remarks>
[Entry("kan-selection", Paper = "s-kan")]
[Capabilities(WorksOn = ["KanLinear", "KanConv2d"], CombinesWith = ["kan", "kan-layers"], NeedsData = true, ChangesShapes = true)]
public sealed class SelectFamilies : TrainingMethod
{
    private readonly Dictionary<string, Tensor> kept = [];
    private long selectAt, foldAt;

    /// <summary>How long all families are trained.</summary>
    public Duration Full { get; init; } = 0.5;

    /// <summary>How long the chosen families are trained with their weights held, before these are folded in; what is left of the training comes after that.</summary>
    public Duration Selective { get; init; } = 0.4;

    /// <summary>How a node chooses.</summary>
    [Shorthand]
    public KanSelectionRule Rule { get; init; } = KanSelectionRule.Fit;

    /// <summary>Ridge ε of the rule <c>fit</c>.</summary>
    [Range(0, 1e6, AboveLow = true)]
    public double Ridge { get; init => field = Guard.Positive(Guard.Between(value, 0, 1e6)); } = 1e-3;

    /// <summary>Training examples whose activations the rule <c>fit</c> and the removal of edges look at.</summary>
    [Range(1, 100_000)]
    public int NumExamples { get; init => field = Guard.Between(value, 1, 100_000); } = 256;

    /// <summary>Edges whose outputs spread less than this part of their layer's mean are removed at the start of the last phase; 0 removes none, 0.001 those that do nothing.</summary>
    [Range(0, 1)]
    public double EdgeThreshold { get; init => field = Guard.Between(value, 0, 1); }

    /// <inheritdoc/>
    public override Phase Phase => Phase.Weight;

    /// <inheritdoc/>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (Layers(subject).Count == 0)
            throw new FrugalException($"kan-selection finds no layer in {subject.Model.GetName()} that weighs more than one family: take the model `kan`, or let `kan-layers` come before, with a pool of two families at least");
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The two phases are longer than the training.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        Release();
        selectAt = Math.Max(1, Full.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates));
        foldAt = selectAt + Selective.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates);
        // Two shares of the whole may be rounded up by one update.
        if (foldAt == fit.TotalUpdates + 1)
            foldAt--;
        if (foldAt > fit.TotalUpdates)
            throw new FrugalException($"kan-selection trains {foldAt} updates before the last phase (full: {Full}, selective: {Selective}), but the training has {fit.TotalUpdates} only.");
    }

    /// <inheritdoc/>
    public override void AfterStep(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        long made = fit.Update + 1;
        if (made == selectAt)
            Select(fit.Subject);
        if (made == foldAt)
            Fold(fit.Subject);
        if (made > foldAt && kept.Count > 0)
            foreach (var (path, layer) in Layers(fit.Subject))
                layer.KeepEdges(kept[path]);
    }

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        var layers = Layers(fit.Subject);
        ModuleSurgery.ReplaceAll(fit.Subject.Model, [.. layers.Select(layer => (layer.Path, (Module)layer.Layer.Pruned()))]);
    }

    /// <inheritdoc/>
    public override void Release()
    {
        foreach (var edges in kept.Values)
            edges.Dispose();
        kept.Clear();
    }

    /// <inheritdoc/>
    public override MethodState Save() => new(kept, MethodState.None.Numbers);

    /// <inheritdoc/>
    public override void Load(MethodState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Release();
        foreach (var (path, edges) in state.Tensors)
            kept[path] = edges.clone().DetachFromDisposeScope();
    }

    private void Select(Subject subject)
    {
        using var scope = NewDisposeScope();
        // All layers choose by what they are given as they are now: choosing changes what the next one gets.
        var layers = Layers(subject);
        var chosen = layers.Zip(KanActivations.Of(subject, [.. layers.Select(layer => layer.Layer)], NumExamples), (layer, rows) => (layer.Path, layer.Layer, Choice: layer.Layer.Choose(Rule, rows, Ridge))).ToList();
        foreach (var (path, layer, choice) in chosen)
        {
            layer.Select(choice);
            long[] counts = nn.functional.one_hot(choice.Chosen, layer.Pool.Count).sum([0]).cpu().data<long>().ToArray();
            subject.Report(new RunEvent.Note($"kan-selection: '{path}' keeps {string.Join(", ", layer.Pool.Zip(counts, (family, count) => $"{KebabCase.Of(family.ToString())} at {count}"))} of {layer.NumInputs} inputs"));
        }
    }

    private void Fold(Subject subject)
    {
        using var scope = NewDisposeScope();
        var layers = Layers(subject);
        var activations = EdgeThreshold > 0 ? KanActivations.Of(subject, [.. layers.Select(layer => layer.Layer)], NumExamples) : [];
        foreach (var (_, layer) in layers)
            layer.Fold();
        foreach (var ((path, layer), rows) in layers.Zip(activations))
        {
            var spread = layer.EdgeSpread(rows);
            kept[path] = spread.ge(EdgeThreshold * spread.mean()).to(float32).DetachFromDisposeScope();
            layer.KeepEdges(kept[path]);
            subject.Report(new RunEvent.Note(Invariant($"kan-selection: '{path}' keeps {kept[path].sum().item<float>():0} of {kept[path].numel()} edges")));
        }
    }

    private static List<(string Path, KanLayer Layer)> Layers(Subject subject) =>
        [.. ModulePath.Walk(subject.Model).Where(module => module.Module is KanLayer { Families: null, Pool.Count: > 1 }).Select(module => (module.Path, (KanLayer)module.Module)).DistinctBy(layer => layer.Item2)];
}
