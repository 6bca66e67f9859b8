using Frugal.Catalogue;

namespace Frugal.Recipes.Steps;

/// <summary>Measures accuracy and loss on the test split.</summary>
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
        return subject;
    }
}
