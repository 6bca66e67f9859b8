using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Growth;

/// <summary>
/// Measures how a model's mixtures of experts are used on test examples: <c>expert-imbalance</c> (load of the busiest expert over the mean), <c>expert-entropy</c> (of the gates, 0 for certain ones and 1 for uniform
/// ones) and <c>expert-dropped</c> (share of the choices that found no room); where blocks share a mixture also <c>expert-changes</c> (share of the tokens that go to other experts from one block to the next). Means over the layers; each layer is noted with its loads.
/// </summary>
[Entry("measure-experts")]
[Capabilities(WorksOn = ["MixtureOfExperts"], CombinesWith = ["upcycle"], NeedsData = true)]
public sealed class MeasureExperts : Step
{
    /// <summary>How many test examples run; the first ones.</summary>
    [Range(1, 10_000_000)]
    [Shorthand]
    public int Examples { get; init => field = Guard.Between(value, 1, 10_000_000); } = 1000;

    /// <summary>Examples in a forward pass.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 256;

    /// <inheritdoc/>
    public override bool ReadsTest => true;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no mixture of experts.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var layers = LayerSelection.All.Of<MixtureOfExperts>(subject.Model);
        if (layers.Count == 0)
            throw new FrugalException($"measure-experts finds no mixture of experts in {subject.Model.GetName()}; upcycle puts one in the place of each feed-forward block.");
        var test = subject.Data.Test;
        bool wasTraining = subject.Model.training;
        subject.Model.eval();
        foreach (var layer in layers)
            layer.Layer.Observe();
        try
        {
            using var mode = no_grad();
            using var outer = NewDisposeScope();
            int left = Math.Min(Examples, test.Count);
            foreach (var batch in new Loader(test, Math.Min(BatchSize, left), subject.Random).Epoch(0))
            {
                using var scope = NewDisposeScope();
                foreach (var layer in layers)
                    layer.Layer.Statistics!.BeginPass();
                subject.Model.call(batch.Inputs.narrow(0, 0, Math.Min(left, batch.Count)).to(subject.Device));
                batch.Inputs.Dispose();
                batch.Targets.Dispose();
                left -= batch.Count;
                if (left <= 0)
                    break;
            }
            Report(subject, layers);
        }
        finally
        {
            foreach (var layer in layers)
                layer.Layer.Observe(false);
            subject.Model.train(wasTraining);
        }
        return subject;
    }

    private static void Report(Subject subject, IReadOnlyList<SelectedLayer<MixtureOfExperts>> layers)
    {
        const int Shown = 16;
        var all = layers.Select(layer => layer.Layer.Statistics!).ToList();
        subject.Metrics[Metric.ExpertImbalance] = all.Average(each => each.Imbalance);
        subject.Metrics[Metric.ExpertEntropy] = all.Average(each => each.Entropy);
        subject.Metrics[Metric.ExpertDropped] = all.Average(each => each.DroppedShare);
        subject.Metrics[Metric.ExpertChanges] = all.Average(each => each.ChangedShare);
        foreach (var (path, layer) in layers)
        {
            var seen = layer.Statistics!;
            string loads = string.Join(", ", seen.Load.Take(Shown).Select(load => Invariant($"{100 * load / Math.Max(1, seen.Computed):0.#}")));
            subject.Report(new RunEvent.Note(Invariant(
                $"{path}: % of the choices by expert {loads}{(seen.Load.Count > Shown ? ", …" : "")}; busiest {seen.Imbalance:0.00} times the mean, entropy {seen.Entropy:0.00}, {100 * seen.DroppedShare:0.0} % dropped")));
        }
    }
}
