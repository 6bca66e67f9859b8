using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Layers;
using Frugal.Models;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>
/// Measures on the test examples what share of the units of a model's feed-forward blocks is active: not exactly zero (<c>activation-density</c>), and further from zero than a threshold
/// (<c>large-activations</c>), as means over examples and layers (Runwal et al. 2024). The model stays as it is.
/// </summary>
[Entry("measure-density", Paper = "deft")]
[Capabilities(WorksOn = ["FeedForward", "GatedFeedForward"], CombinesWith = ["deft", "train"], NeedsData = true)]
public sealed class MeasureDensity : Step
{
    /// <summary>Distance from zero above which a unit counts as large; smooth activations are seldom exactly zero.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Threshold { get; init => field = Guard.NotNegative(value); } = 1e-3;

    /// <summary>Patterns over the paths of the layers whose outputs are looked at, <c>*</c> standing for anything; empty takes the activations of the feed-forward blocks.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of layers that are left out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Examples in a forward pass; changes speed and memory, not the result.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <inheritdoc/>
    public override bool ReadsTest => true;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no such layer, or a pattern matches none.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var paths = FeedForwardActivations.Of(subject.Model, Include, Exclude, Name);
        var shares = Measure(subject, paths);
        foreach (var (path, (active, large)) in paths.Zip(shares))
            subject.Report(new RunEvent.Note(FormattableString.Invariant($"measure-density: of '{path}' {active:P1} are not zero, {large:P1} beyond {Threshold}")));
        subject.Metrics["activation-density"] = shares.Average(share => share.Active);
        subject.Metrics["large-activations"] = shares.Average(share => share.Large);
        return subject;
    }

    private (double Active, double Large)[] Measure(Subject subject, IReadOnlyList<string> paths)
    {
        var (model, test) = (subject.Model, subject.Data.Test);
        var sums = new (double Active, double Large)[paths.Count];
        using var outputs = new LayerOutputs(model, paths);
        bool wasTraining = model.training;
        model.eval();
        try
        {
            using var mode = inference_mode();
            using var outer = NewDisposeScope();
            foreach (var batch in new Loader(test, BatchSize, subject.Random).Epoch(0))
            {
                using var scope = NewDisposeScope();
                model.call(batch.Inputs.to(subject.Device));
                foreach (var (i, layer) in outputs.Take(scope).Index())
                {
                    double active = ActivationDensity.ShareAbove(layer).sum().item<double>(), large = ActivationDensity.ShareAbove(layer, Threshold).sum().item<double>();
                    sums[i] = (sums[i].Active + active, sums[i].Large + large);
                }
                batch.Dispose();
            }
        }
        finally
        {
            model.train(wasTraining);
        }
        return [.. sums.Select(sum => (sum.Active / test.Count, sum.Large / test.Count))];
    }
}
