using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Interop;
using Frugal.Layers.Experts;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Recipes;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>
/// Serves a model that <c>read-me</c> cut with test examples as prompts (<see cref="ExpertServer"/>), from a file and with few experts in memory, and measures what that came to beside what a simulation of the same
/// batches says. The model stays as it is.
/// </summary>
/// <remarks>
/// Measures <c>experts-per-batch</c>, with <c>experts-per-batch-in-order</c> as simulated for the order of arrival, <c>hit-ratio</c>, with <c>simulated-hit-ratio</c> of a cache that knows every batch in advance and
/// <c>lru-hit-ratio</c> of one that knows none, and <c>expert-bytes</c> with <c>expert-bytes-held</c>, of all experts and of those in memory at most.
/// </remarks>
[Entry("measure-serving", Paper = "read-me")]
[Capabilities(WorksOn = ["PreGatingRouter"], CombinesWith = ["read-me", "routing-distillation"], NeedsData = true)]
public sealed class MeasureServing : Step
{
    /// <summary>How many test examples are served; spread over all.</summary>
    [Range(1, 1_000_000)]
    public int Requests { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <summary>Tokens of the prompt, the first of the example; null for all but as many as are written.</summary>
    [Range(1, 1_000_000)]
    public int? PromptTokens { get; init => field = value is { } count ? Guard.Between(count, 1, 1_000_000) : null; }

    /// <summary>Tokens to write behind each prompt; 0 only reads, so that all experts are known in advance.</summary>
    [Range(0, 1_000_000)]
    public int NewTokens { get; init => field = Guard.Between(value, 0, 1_000_000); } = 8;

    /// <summary>Experts in memory at a time.</summary>
    [Range(1, 4096)]
    [Shorthand]
    public int Capacity { get; init => field = Guard.Between(value, 1, 4096); } = 3;

    /// <summary>Which expert leaves for one that is missing.</summary>
    public EvictionPolicy Policy { get; init; } = EvictionPolicy.Belady;

    /// <summary>Most tokens of a batch, each of another request.</summary>
    [Range(1, 1_000_000)]
    public int MaxTokens { get; init => field = Guard.Between(value, 1, 1_000_000); } = 16;

    /// <inheritdoc/>
    public override bool ReadsTest => true;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model is no causal language model that read-me cut, or the data has no texts.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Model is not TextModel { PreGating: not null } model || subject.Data.Test is not TokenDataset test)
            throw new FrugalException($"measure-serving finds no router in {subject.Model.GetName()} that decides before the layers run; read-me puts one into a text model.");
        string folder = TemporaryName.Beside(Path.Combine(subject.Folder ?? Path.GetTempPath(), "served"));
        try
        {
            ModelFolder.Save(model, folder);
            using var server = ExpertServer.Open(folder, new() { CacheCapacity = Capacity, Policy = Policy, MaxTokens = MaxTokens }, subject.Device);
            var requests = Prompts(test).Select(prompt => server.Add(prompt, NewTokens)).ToList();
            server.Run();
            Report(subject, server.Report, [.. requests.Select(request => request.Experts.ToArray())]);
            requests.ForEach(request => request.Dispose());
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        subject.Metrics["expert-bytes"] = model.modules().OfType<MixtureOfExperts>().Where(layer => layer.Router is PreGatedRouter)
            .Sum(layer => layer.Experts.Sum(expert => expert.parameters().Sum(weight => weight.numel() * weight.element_size())));
        return subject;
    }

    private IEnumerable<long[]> Prompts(TokenDataset test)
    {
        int count = Math.Min(Requests, test.Count), length = PromptTokens ?? Math.Max(1, test.Info.Tokens - NewTokens);
        long[] tokens = new long[test.Info.Tokens], targets = new long[test.AskedLength];
        for (int i = 0; i < count; i++)
        {
            test.Write((int)((long)i * test.Count / count), new RandomStream(0), tokens, targets);
            yield return tokens[..Math.Min(length, tokens.Length)];
        }
    }

    private void Report(Subject subject, ServingReport report, IReadOnlyList<int[]> experts)
    {
        var loads = report.Schedule.Loads;
        var metrics = subject.Metrics;
        metrics["experts-per-batch"] = report.Schedule.DistinctExperts;
        metrics["experts-per-batch-in-order"] = ServingSchedule.FirstCome(experts, MaxTokens).DistinctExperts;
        metrics["hit-ratio"] = report.HitRatio;
        metrics["simulated-hit-ratio"] = ExpertCache.HitRatioOf(loads, Capacity, EvictionPolicy.Belady);
        metrics["lru-hit-ratio"] = ExpertCache.HitRatioOf(loads, Capacity, EvictionPolicy.Lru);
        metrics["expert-bytes-held"] = report.HeldBytes;
        subject.Report(new RunEvent.Note(Invariant(
            $"measure-serving: {report.Schedule.Batches.Count} batches with {report.Schedule.DistinctExperts:0.00} experts each, {report.Hits} of {report.Hits + report.Misses} in memory ({report.HitRatio:P1}; {metrics["simulated-hit-ratio"]:P1} with every batch known in advance, {metrics["lru-hit-ratio"]:P1} least recently used)")));
    }
}
