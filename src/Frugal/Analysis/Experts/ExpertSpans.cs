using Frugal.Catalogue;
using Frugal.Growth;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Native;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Analysis;

/// <summary>
/// Trains a head on made-up encoder states to find spans whose offset depends on the domain, in six domains and then on few examples of two others (after Zhou et al. 2022): what do experts gain over one feed-forward
/// block, and what does the balance loss do? The model stays as it is.
/// </summary>
/// <remarks>
/// Measures <c>span-exact-match</c> in the domains, <c>shifted-exact-match</c> out of them after fine-tuning, <c>span-parameters</c>, and with experts <c>busiest-share</c>: the largest share of first choices that one
/// expert has in the domains.
/// </remarks>
[Entry("expert-spans", Paper = "robust-qa-moe")]
public sealed class ExpertSpans : Step
{
    private const int Training = 2000, FineTuning = 64, Test = 1000, InDomains = 6, AllDomains = 8;

    /// <summary>What stands between states and logits.</summary>
    [Shorthand]
    public SpanHeadForm Form { get; init; } = SpanHeadForm.Experts;

    /// <summary>Width between the two layers of the block, or of each expert.</summary>
    [Range(1, 65_536)]
    public int HiddenDim { get; init => field = Guard.Between(value, 1, 65_536); } = 24;

    /// <summary>Number of experts.</summary>
    [Range(1, 4096)]
    public int Experts { get; init => field = Guard.Between(value, 1, 4096); } = 8;

    /// <summary>Standard deviation of the gate's weights at the start.</summary>
    [Range(0, 1000)]
    public double GateDeviation { get; init => field = Guard.Between(value, 0, 1000); } = 1;

    /// <summary>Factor of the balance loss.</summary>
    [Range(0, 1e6)]
    public double BalanceWeight { get; init => field = Guard.Between(value, 0, 1e6); } = 0.01;

    /// <summary>Updates in the domains.</summary>
    [Range(1, 1_000_000)]
    public int Updates { get; init => field = Guard.Between(value, 1, 1_000_000); } = 400;

    /// <summary>Updates on 64 examples of the other domains.</summary>
    [Range(0, 1_000_000)]
    public int FineTuningUpdates { get; init => field = Guard.Between(value, 0, 1_000_000); } = 100;

    /// <summary>Examples in an update.</summary>
    [Range(1, 64)]
    public int BatchSize { get; init => field = Guard.Between(value, 1, 64); } = 32;

    /// <summary>Learning rate of AdamW, which stays the same.</summary>
    [Range(0, 1, AboveLow = true)]
    public double Lr { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 3e-3;

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var scope = NewDisposeScope();
        using var stream = new KeptRandomState();
        var codes = SpanExamples.Codes(subject.Random);
        SpanExamples Draw(int count, bool isShifted, string split) => SpanExamples.Draw(codes, count, isShifted ? InDomains : 0, isShifted ? AllDomains : InDomains, subject.Random, split);
        subject.Random.SeedTorch("expert-spans");
        var mixture = Form == SpanHeadForm.Experts ? new ExpertHead { Experts = Experts, HiddenDim = HiddenDim, Capacity = null, BalanceWeight = BalanceWeight, GateDeviation = GateDeviation }.Mixture(SpanExamples.Dim) : null;
        using var head = Sequential(
            ("block", mixture ?? (Module<Tensor, Tensor>)new FeedForward(SpanExamples.Dim, HiddenDim, Activation.LeakyRelu, hasBias: false)), ("outputs", Linear(SpanExamples.Dim, 2)));
        Fit(head, Draw(Training, false, "train"), Updates, "expert-spans", subject);
        subject.Metrics["span-exact-match"] = Judge(head, Draw(Test, false, "test"), mixture, subject);
        Fit(head, Draw(FineTuning, true, "fine-tuning"), FineTuningUpdates, "expert-spans shifted", subject);
        subject.Metrics["shifted-exact-match"] = Judge(head, Draw(Test, true, "shifted test"), null, subject);
        subject.Metrics["span-parameters"] = head.parameters().Sum(parameter => parameter.numel());
        return subject;
    }

    private void Fit(Module<Tensor, Tensor> head, SpanExamples examples, int updates, string name, Subject subject)
    {
        head.train();
        int count = (int)examples.Start.shape[0], perEpoch = count / BatchSize;
        using var rule = new AdamW { Lr = Lr }.Start(ParameterGroups.Of(head.named_parameters()));
        var auxiliary = new AuxiliaryLosses(head);
        for (int update = 0; update < updates; update++)
        {
            subject.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            subject.Random.SeedTorch(name, update);
            int[] order = subject.Random.At(name, update / perEpoch).NextPermutation(count);
            var chosen = tensor(order.Skip(update % perEpoch * BatchSize).Take(BatchSize).Select(index => (long)index).ToArray());
            rule.ZeroGradients();
            auxiliary.Begin();
            var logits = head.call(examples.States.index_select(0, chosen));
            var loss = (functional.cross_entropy(logits.select(-1, 0), examples.Start.index_select(0, chosen)) + functional.cross_entropy(logits.select(-1, 1), examples.End.index_select(0, chosen))) / 2;
            auxiliary.AddTo(loss).backward();
            rule.Step(Lr);
        }
        rule.ZeroGradients();
    }

    private static double Judge(Module<Tensor, Tensor> head, SpanExamples examples, MixtureOfExperts? mixture, Subject subject)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        head.eval();
        if (mixture is not null)
            subject.Metrics["busiest-share"] = mixture.Route(examples.States).Load.mean([0]).max().item<float>();
        return examples.ExactMatch(head.call(examples.States));
    }
}
