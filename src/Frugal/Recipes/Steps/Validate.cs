using Frugal.Catalogue;

namespace Frugal.Recipes.Steps;

/// <summary>Measures accuracy on the validation split, which may be selected by, unlike that on the test split.</summary>
[Entry("validate")]
[Capabilities(NeedsData = true)]
public sealed class Validate : Step
{
    /// <summary>Examples in a forward pass; changes speed and memory, not the result.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 256;

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The data has no validation examples.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var validation = subject.Data.Validation
            ?? throw new FrugalException("The data has no validation examples to measure accuracy on; set its option `validation` above 0.");
        subject.Metrics[Metric.ValidationAccuracy] = Evaluation.Of(subject.Model, validation, subject.Device, BatchSize).Accuracy;
        return subject;
    }
}
