using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Recipes;
using TorchSharp.Modules;
using static System.FormattableString;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training.Methods.Pruning;

/// <summary>
/// Layer adaptive progressive pruning (Zhai et al. 2023, arXiv 2309.14157): filters of convolutions are switched off in the first part of training by a learned threshold of each layer, driven by the
/// loss and by what the network may cost, and are gone at its end. A thin bypass around each convolution keeps information flowing however few are left.
/// </summary>
/// <remarks>
/// Takes part: a convolution without groups and dilation whose result goes into a batch norm and nowhere else. The method section of the paper was not to be had; importance, gradient, constraint and
/// bypass are choices made so that what its abstract says holds.
/// </remarks>
[Entry("lapp", Paper = "lapp")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["gradient-noise"], ChangesShapes = true)]
public sealed class Lapp : TrainingMethod
{
    private readonly List<ThresholdStep> units = [];
    private LayerExchange? exchange;
    private FlopBudget? budget;
    private long phaseEnd;

    /// <summary>Share of the multiply-adds that is kept at most, ρ, bypasses included.</summary>
    [Range(0, 1, AboveLow = true)]
    [Shorthand]
    public double KeepMacs { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.5;

    /// <summary>How long thresholds are learned, from the start; the cost that is asked for falls linearly meanwhile.</summary>
    public Duration PruningPhase { get; init; } = 0.2;

    /// <summary>Channels inside a bypass, as a share of the filters, at least 4; 0 for no bypass, so that channels without filters can be removed from the network.</summary>
    [Range(0, 1)]
    public double BypassShare { get; init => field = Guard.Between(value, 0, 1); } = 0.25;

    /// <summary>
    /// Without a bypass, counts the input channels of a convolution that another one loses as gone, where that one alone makes them; otherwise, and with a bypass, all input channels count, so that the
    /// network ends smaller than was asked for.
    /// </summary>
    public bool CountsInputs { get; init; } = true;

    /// <summary>Share of its filters that a layer keeps at least; one always stays.</summary>
    [Range(0, 1)]
    public double LeastShare { get; init => field = Guard.Between(value, 0, 1); } = 0.125;

    /// <summary>Steepness κ of the stand-in through which masks are differentiated.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Kappa { get; init => field = Guard.Positive(value); } = 10;

    /// <summary>Weight λ of the squared excess cost in the loss.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Lambda { get; init => field = Guard.NotNegative(value); } = 5;

    /// <summary>Weight λ₁ of the excess cost itself.</summary>
    [Range(0, double.PositiveInfinity)]
    public double LinearLambda { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Learning rate of the thresholds, η.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double ThresholdLr { get; init => field = Guard.Positive(value); } = 0.2;

    /// <summary>Longest step of a threshold in one update.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double LongestStep { get; init => field = Guard.Positive(value); } = 0.03;

    /// <summary>Share of a layer's filters that one update may switch off; one filter always may.</summary>
    [Range(0, 1, AboveLow = true)]
    public double ShareAtOnce { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.05;

    /// <summary>Lets the masks' gradients reach the weights through the scores as well.</summary>
    public bool PassesScores { get; init; }

    /// <summary>Patterns over the paths of convolutions, <c>*</c> standing for anything; one must match one of them.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Patterns of convolutions that stay as they are.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>True when the first convolution, and those with kernels of 1x1, take part as well.</summary>
    public bool IncludeAll { get; init; }

    /// <inheritdoc/>
    public override Phase Phase => Phase.Weight;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => units.Select(unit => $"mask of {unit.Path}.conv.weight");

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No convolution takes part, one cannot be replaced, or the cost cannot be reached; the model is as before.</exception>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var scope = NewDisposeScope();
        var model = subject.Model;
        var graph = Graph.Capture(model, model.Example(1, subject.Device));
        var pairs = Chosen(model, graph);
        budget = BudgetOf(graph, model, [.. pairs.Select(pair => pair.Convolution)]);
        long least = budget.Of(budget.Units.Select(LeastOf));
        if (least > KeepMacs * budget.Full)
            throw new FrugalException(Invariant($"lapp cannot bring the multiply-adds to {KeepMacs:0.###}: with the fewest filters and the bypasses {(double)least / budget.Full:0.###} are left; set keep-macs to that or more, or bypass-share or least-share to less."));
        using var generator = new Frugal.Native.KeptRandomState();
        subject.Random.SeedTorch("lapp");
        exchange = new(model, [.. pairs.Select((pair, i) => (pair.Convolution, (Module)Unit(model, pair, budget.Units[i].Rank))), .. pairs.Select(pair => (pair.Norm, (Module)nn.Identity()))]);
    }

    /// <inheritdoc/>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        Forget();
        phaseEnd = Math.Max(1, PruningPhase.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates));
        if (phaseEnd > fit.TotalUpdates)
            throw new FrugalException($"lapp learns thresholds for {phaseEnd} updates (pruning-phase: {PruningPhase}), but the training has {fit.TotalUpdates} only.");
        foreach (var (path, module) in ModulePath.Walk(fit.Subject.Model))
        {
            if (module is not ThresholdConv2d layer)
                continue;
            layer.PassesScores = PassesScores;
            layer.Tau.requires_grad = true;
            units.Add(new ThresholdStep(path, layer, LeastOf(budget!.Units[units.Count])));
        }
    }

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (fit.Update >= phaseEnd)
            return;
        double share = 1 - (1 - KeepMacs) * Math.Min(1, (fit.Update + 1.0) / phaseEnd);
        loss += budget!.Constraint([.. units.Select(unit => unit.Layer.Mask())], share * budget.Full, Lambda, LinearLambda).to(loss.dtype);
    }

    /// <inheritdoc/>
    public override void BeforeStep(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (fit.Update < phaseEnd)
            units.ForEach(unit => unit.Note());
    }

    /// <inheritdoc/>
    public override void AfterStep(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (fit.Update >= phaseEnd)
            return;
        units.ForEach(unit => unit.Step(ThresholdLr, LongestStep, ShareAtOnce));
        if (fit.Update == phaseEnd - 1)
            EndPhase(fit.Subject);
    }

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        var subject = fit.Subject;
        long[] kept = [.. units.Select(unit => KeptOf(unit.Layer))];
        subject.Metrics["kept-macs"] = (double)budget!.Of(kept) / budget.Full;
        var shares = kept.Zip(units, (count, unit) => (double)count / unit.Layer.OutChannels).ToList();
        subject.Metrics["kept-spread"] = shares.Max() - shares.Min();
        foreach (var (unit, count) in units.Zip(kept))
            subject.Report(new RunEvent.Note($"lapp: '{unit.Path}' keeps {count} of {unit.Layer.OutChannels} filters"));
        List<(string Path, ThresholdConv2d Layer)> layers = [.. units.Select(unit => (unit.Path, unit.Layer))];
        Forget();
        exchange?.Settle();
        exchange = null;
        if (BypassShare > 0)
            ModuleSurgery.ReplaceAll(subject.Model, [.. layers.Select(layer => (layer.Path, (Module)SlimConv2d.Of(layer.Layer)))]);
        else
            DeadChannels.Remove(subject, layers);
    }

    /// <inheritdoc/>
    public override void Undo(Subject subject)
    {
        Forget();
        exchange?.Undo();
        exchange = null;
    }

    // Thresholds and masks are buffers of the layers, and so part of every checkpoint.
    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }

    private void EndPhase(Subject subject)
    {
        var scores = units.Select(unit => unit.Scores()).ToList();
        var (kept, _) = budget!.Project(scores, [.. units.Select(unit => unit.Threshold)], [.. units.Select(unit => unit.Least)], KeepMacs * budget.Full);
        for (int i = 0; i < units.Count; i++)
        {
            // A threshold that is the last kept filter's own score is above all others, whatever the rounding.
            units[i].Set(scores[i].OrderDescending().ElementAt((int)kept[i] - 1));
            units[i].Layer.Fix();
            units[i].Dispose();
        }
        long now = budget.Of(units.Select(unit => KeptOf(unit.Layer)));
        subject.Report(new RunEvent.Note(Invariant($"lapp: thresholds are learned; {(double)now / budget.Full:P1} of the multiply-adds are left")));
    }

    private static long KeptOf(ThresholdConv2d layer)
    {
        using var scope = NewDisposeScope();
        return layer.Mask().detach().count_nonzero().item<long>();
    }

    private ThresholdConv2d Unit(Module model, (string Convolution, string Norm) pair, long rank) =>
        ThresholdConv2d.Of((Conv2d)ModuleSurgery.Find(model, pair.Convolution), (BatchNorm2d)ModuleSurgery.Find(model, pair.Norm), rank, Kappa);

    private long LeastOf(PrunableUnit unit) => Math.Max(1, (long)(LeastShare * unit.OutChannels));

    private FlopBudget BudgetOf(Graph graph, Model model, IReadOnlyList<string> paths)
    {
        var cost = graph.Count();
        var producers = BypassShare == 0 && CountsInputs ? SoleProducers.Of(model, paths) : new Dictionary<string, int>();
        var units = paths.Select(path =>
        {
            var convolution = (Conv2d)ModuleSurgery.Find(model, path);
            long area = convolution.kernel_size[0] * convolution.kernel_size[1];
            long positions = cost.Layers.Single(layer => layer.Path == path).Macs / (area * convolution.in_channels * convolution.out_channels);
            return new PrunableUnit(positions, area, convolution.in_channels, convolution.out_channels, BypassShare == 0 ? 0 : Math.Max(4, (long)(BypassShare * convolution.out_channels)))
            {
                Producer = producers.TryGetValue(path, out int producer) ? producer : null,
            };
        }).ToList();
        return new(cost.Macs - units.Sum(unit => unit.Full), units);
    }

    private List<(string Convolution, string Norm)> Chosen(Module model, Graph graph)
    {
        var first = model.modules().OfType<Conv2d>().FirstOrDefault();
        var fitting = NormedConvolutions.In(model, graph).Where(pair => CanBypass((Conv2d)ModuleSurgery.Find(model, pair.Convolution))).ToList();
        var modules = fitting.Select(pair => ModuleSurgery.Find(model, pair.Convolution)).ToHashSet();
        var chosen = new LayerSelection(Include, Exclude).Of<Conv2d>(model, modules.Contains)
            .Where(layer => IncludeAll || (layer.Layer != first && layer.Layer.kernel_size.All(side => side > 1))).Select(layer => layer.Path).ToHashSet();
        var pairs = fitting.Where(pair => chosen.Contains(pair.Convolution)).ToList();
        return pairs.Count > 0
            ? [.. ModulePath.Walk(model).Select(module => pairs.FirstOrDefault(pair => pair.Convolution == module.Path)).Where(pair => pair.Convolution is not null)]
            : throw new FrugalException($"lapp finds no convolution in {model.GetName()} that goes into a batch norm alone: it takes kernels of 3x3 and more without groups, the first one and 1x1 only if asked for (include-all)");
    }

    /// <summary>Whether a 3x3 depthwise convolution, or none, gives positions like this convolution.</summary>
    private static bool CanBypass(Conv2d convolution) =>
        Conv2dLayer.Fits(convolution) && convolution.groups == 1 && convolution.dilation.All(distance => distance == 1)
        && convolution.kernel_size.Zip(convolution.padding!, (side, padding) => side % 2 == 1 && padding == side / 2).All(isSame => isSame);

    private void Forget()
    {
        units.ForEach(unit => unit.Dispose());
        units.Clear();
    }
}
