using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Recipes.Steps;

/// <summary>
/// Measures how long the model takes for one example and for a batch. A study measures its arms in turns with the baseline instead, which
/// is fairer on a machine that does other work.
/// </summary>
[Entry("benchmark")]
public sealed class Benchmark : Step
{
    private readonly IReadOnlyList<int> batchSizes = [1, 32];

    /// <summary>Examples in a call, each measured as <c>latency-N</c> in microseconds.</summary>
    public IReadOnlyList<int> BatchSizes
    {
        get => batchSizes;
        init => batchSizes = [.. value.Select(size => Guard.Between(size, 1, 65_536, nameof(BatchSizes)))];
    }

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    public override Subject Apply(Subject subject)
    {
        bool wasTraining = subject.Model.training;
        subject.Model.eval();
        foreach (int size in BatchSizes)
        {
            using var scope = NewDisposeScope();
            var input = subject.Model.Example(size, subject.Device);
            double[] times = [.. LatencyMeter.Measure([subject.Model], input).Select(round => round[0]).Order()];
            subject.Metrics[$"latency-{size}"] = times[times.Length / 2];
        }
        subject.Model.train(wasTraining);
        return subject;
    }
}
