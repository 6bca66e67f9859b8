using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Layers;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Compression.Experts;

/// <summary>How active the hidden units of feed-forward blocks are on the examples of each domain (Cai et al. 2024, Read-ME, section 3.1).</summary>
internal static class DomainImportance
{
    /// <summary>The first training examples of each domain: of each given range, or of each label that the data has.</summary>
    /// <param name="train">The training examples.</param>
    /// <param name="ranges">The domains; none takes the labels.</param>
    /// <param name="samples">Examples of a domain.</param>
    public static IReadOnlyList<Dataset> Domains(Dataset train, IReadOnlyList<ExampleRange> ranges, int samples)
    {
        if (ranges.Count > 0)
            return [.. ranges.Select(range => range.Of(train)).Select(domain => domain.Choose([.. Enumerable.Range(0, Math.Min(samples, domain.Count))]))];
        var examples = new SortedDictionary<int, List<int>>();
        for (int i = 0; i < train.Count; i++)
        {
            if (!examples.TryGetValue(train.Label(i), out var own))
                examples[train.Label(i)] = own = [];
            if (own.Count < samples)
                own.Add(i);
        }
        return [.. examples.Values.Select(train.Choose)];
    }

    /// <summary>The mean magnitude of each unit over examples and tokens that are no padding.</summary>
    /// <param name="subject">The dense network, run in evaluation mode.</param>
    /// <param name="blocks">Its blocks.</param>
    /// <param name="domains">Examples of each domain.</param>
    /// <param name="batchSize">Examples in a forward pass.</param>
    /// <returns><c>[domains, hidden]</c> for each block; they belong to the open dispose scope.</returns>
    public static IReadOnlyList<Tensor> Of(Subject subject, IReadOnlyList<FeedForwardBlock> blocks, IReadOnlyList<Dataset> domains, int batchSize)
    {
        using var mode = no_grad();
        using var units = HiddenUnits.Of(blocks);
        bool wasTraining = subject.Model.training;
        subject.Model.eval();
        try
        {
            var means = domains.Select(domain => Of(subject, units, domain, batchSize)).ToList();
            return [.. blocks.Select((_, block) => stack([.. means.Select(domain => domain[block])]))];
        }
        finally
        {
            subject.Model.train(wasTraining);
        }
    }

    private static IReadOnlyList<Tensor> Of(Subject subject, HiddenUnits units, Dataset domain, int batchSize)
    {
        Tensor[]? sums = null;
        long count = 0;
        foreach (var batch in new Loader(domain, Math.Min(batchSize, domain.Count), subject.Random).Epoch(0))
        {
            using var scope = NewDisposeScope();
            var inputs = batch.Inputs.to(subject.Device);
            subject.Model.call(inputs);
            var counts = domain.Info is TextInfo { PaddingId: { } padding } ? inputs.ne(padding).flatten() : ones([inputs.numel()], ScalarType.Bool, subject.Device);
            count += counts.sum().item<long>();
            var seen = units.Take(scope).Select(layer => (layer.flatten(0, -2).abs().to(float64) * counts.unsqueeze(1)).sum(dim: 0)).ToArray();
            sums = [.. seen.Select((layer, i) => (sums is null ? layer : sums[i] + layer).MoveToOuterDisposeScope())];
            batch.Dispose();
        }
        return [.. sums!.Select(sum => (sum / count).to(float32))];
    }
}
