using Frugal.Catalogue;
using Frugal.Data;

namespace Frugal.Recipes.Steps;

/// <summary>Measures accuracy and loss on the test split, and what else the data is judged by, e.g. exact-match and f1 of answers.</summary>
[Entry("evaluate")]
[Capabilities(NeedsData = true)]
public sealed class Evaluate : Step
{
    private readonly int batchSize = 256;

    /// <summary>Examples in a forward pass; changes speed and memory, not the result.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get => batchSize; init => batchSize = Guard.Between(value, 1, 1_000_000); }

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    public override bool ReadsTest => true;

    /// <inheritdoc/>
    public override Subject Apply(Subject subject)
    {
        var evaluation = Evaluation.Of(subject.Model, subject.Data.Test, subject.Device, BatchSize);
        subject.Metrics[Metric.Accuracy] = evaluation.Accuracy;
        subject.Metrics[Metric.Loss] = evaluation.Loss;
        if (subject.Data.Info.Targets == TargetKind.Tokens)
            subject.Metrics[Metric.Perplexity] = Math.Exp(evaluation.Loss);
        foreach (var (name, value) in evaluation.Scores)
            subject.Metrics[name] = value;
        return subject;
    }
}
