using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Layers.Experts;
using Frugal.Models.Text;
using Frugal.Recipes;
using static System.FormattableString;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Analysis;

/// <summary>
/// Measures on the test examples of each domain every expert of a model that <c>read-me</c> cut, as if the router had chosen it for all tokens (Cai et al. 2024): <c>own-expert-loss</c> of the domain's own,
/// <c>other-expert-loss</c> of the others, and <c>own-expert-share</c>, the share of tokens that the router gives to the domain's own. Means over domains; the model stays as it is.
/// </summary>
/// <remarks>Domains are the labels of the examples, and the expert of a domain has its number.</remarks>
[Entry("measure-domain-experts", Paper = "read-me")]
[Capabilities(WorksOn = ["PreGatingRouter"], CombinesWith = ["read-me", "routing-distillation"], NeedsData = true)]
public sealed class MeasureDomainExperts : Step
{
    /// <summary>Test examples of each domain; the first ones.</summary>
    [Range(1, 10_000_000)]
    [Shorthand]
    public int Examples { get; init => field = Guard.Between(value, 1, 10_000_000); } = 100;

    /// <summary>Examples in a forward pass; changes speed and memory, not the result.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <inheritdoc/>
    public override bool ReadsTest => true;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model was not cut by read-me, or the data has more domains than it has experts.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Model is not TextModel { PreGating: { } router } model)
            throw new FrugalException($"measure-domain-experts finds no router in {subject.Model.GetName()} that decides before the layers run; read-me puts one into a text model.");
        var test = subject.Data.Test;
        var domains = Enumerable.Range(0, test.Count).GroupBy(test.Label).OrderBy(domain => domain.Key).Select(domain => (Label: domain.Key, Examples: test.Choose([.. domain.Take(Examples)]))).ToList();
        if (domains[^1].Label >= router.NumExperts)
            throw new FrugalException($"The test examples have a domain {domains[^1].Label}, counted from 0, and the model has {router.NumExperts} experts: measure it on the domains that it was cut for.");
        bool wasTraining = model.training;
        model.eval();
        try
        {
            using var mode = no_grad();
            Report(subject, router.NumExperts, [.. domains.Select(domain => (domain.Label, Measure(subject, model, router, domain.Examples, domain.Label)))]);
        }
        finally
        {
            model.train(wasTraining);
        }
        return subject;
    }

    private (double[] Losses, double OwnShare) Measure(Subject subject, TextModel model, PreGatingRouter router, Dataset examples, int label)
    {
        double[] sums = new double[router.NumExperts];
        double asked = 0, own = 0, tokens = 0;
        foreach (var batch in new Loader(examples, BatchSize, subject.Random).Epoch(0))
        {
            using var scope = NewDisposeScope();
            var ids = batch.Inputs.to(subject.Device);
            own += router.call(ids).argmax(-1).eq(label).sum().item<long>();
            tokens += ids.numel();
            for (int expert = 0; expert < sums.Length; expert++)
            {
                var output = model.Run(new TextBatch(ids) { Experts = full_like(ids, expert) });
                var rows = TargetRows.Of(examples.Info.Targets, (output.Logits ?? output.Hidden[^1]).to(float32).cpu(), batch.Targets);
                sums[expert] += functional.cross_entropy(rows.Logits, rows.Targets, reduction: Reduction.Sum).item<float>();
                asked += expert == 0 ? rows.Targets.shape[0] : 0;
            }
            batch.Dispose();
        }
        return ([.. sums.Select(sum => sum / asked)], own / tokens);
    }

    private static void Report(Subject subject, int experts, IReadOnlyList<(int Label, (double[] Losses, double OwnShare) Measured)> domains)
    {
        subject.Metrics["own-expert-loss"] = domains.Average(domain => domain.Measured.Losses[domain.Label]);
        if (experts > 1)
            subject.Metrics["other-expert-loss"] = domains.Average(domain => (domain.Measured.Losses.Sum() - domain.Measured.Losses[domain.Label]) / (experts - 1));
        subject.Metrics["own-expert-share"] = domains.Average(domain => domain.Measured.OwnShare);
        foreach (var (label, (losses, share)) in domains)
            subject.Report(new RunEvent.Note(Invariant($"domain {label}: loss by expert {string.Join(", ", losses.Select(loss => Invariant($"{loss:0.000}")))}; {share:P1} of its tokens go to its own")));
    }
}
