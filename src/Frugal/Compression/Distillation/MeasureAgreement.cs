using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Compression.Distillation;

/// <summary>
/// Measures how often the model answers as another one does: <c>agreement</c>, the share of the test examples, or of the tokens that are asked for, where both find the same class or token likeliest. A draft that
/// agrees with its verifier often makes speculative decoding fast.
/// </summary>
[Entry("measure-agreement", Paper = "matformer")]
[Capabilities(CombinesWith = ["mix-n-match", "matformer", "distillation"], NeedsData = true)]
public sealed class MeasureAgreement : Step
{
    /// <summary>Name of the measure.</summary>
    internal const string AgreementMetric = "agreement";

    /// <summary>The other network, e.g. the model before an earlier step or that of another arm.</summary>
    [Shorthand]
    public required Teacher With { get; init; }

    /// <summary>Examples in a forward pass; changes speed and memory, not the result.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 256;

    /// <inheritdoc/>
    public override bool ReadsTest => true;

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => [With];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">There is no such network, or it sees other inputs or tells other classes apart.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var other = With.Open(subject);
        other.RequireFits(subject.Model);
        using var own = new FrozenModel(subject.Model, isOwned: false);
        using var outer = NewDisposeScope();
        long alike = 0, count = 0;
        var test = subject.Data.Test;
        foreach (var batch in new Loader(test, BatchSize, subject.Random).Epoch(0))
        {
            using var scope = NewDisposeScope();
            Tensor inputs = batch.Inputs.to(subject.Device), targets = batch.Targets.to(subject.Device);
            Tensor Answers(FrozenModel model) => TargetRows.Of(test.Info.Targets, model.Ask(inputs), targets).Logits.argmax(1);
            var answers = Answers(own);
            alike += answers.eq(Answers(other)).sum().item<long>();
            count += answers.shape[0];
            batch.Inputs.Dispose();
            batch.Targets.Dispose();
        }
        subject.Metrics[AgreementMetric] = alike / (double)count;
        return subject;
    }
}
