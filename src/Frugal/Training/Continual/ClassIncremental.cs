using Frugal.Catalogue;
using Frugal.Native;
using Frugal.Recipes;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Continual;

/// <summary>
/// Trains a model's classifier on a few classes at a time, in the order of their labels, without going back to earlier ones and without being told when they change; the rest of the model stays as it is. What the
/// classifier then knows of all classes shows how much it forgot.
/// </summary>
/// <remarks>
/// Measures <c>forgetting</c>: the accuracy on a phase's classes at the end of that phase less the one at the end of all, averaged over all phases but the last; on the validation examples, or where there are none on
/// the training examples. The loss is the cross entropy over all classes.
/// </remarks>
[Entry("class-incremental", Paper = "dkvb")]
[Capabilities(WorksOn = ["Linear", "KeyValueBottleneck"], CombinesWith = ["key-value-head", "mlp-head"], NeedsData = true)]
public sealed class ClassIncremental : Step
{
    /// <summary>Classes that come together.</summary>
    [Range(1, 1_000_000)]
    [Shorthand]
    public int ClassesPerPhase { get; init => field = Guard.Between(value, 1, 1_000_000); } = 2;

    /// <summary>Passes over the examples of a phase.</summary>
    [Range(1, 1_000_000)]
    public int Epochs { get; init => field = Guard.Between(value, 1, 1_000_000); } = 20;

    /// <summary>Examples in an update; the last of an epoch may have fewer.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <summary>The update rule, with its learning rate, which stays the same. The default is for a key-value bottleneck of 64 codebooks, whose mean divides gradients by their number.</summary>
    public Optimizer Optimizer { get; init; } = new Sgd { Lr = 30, Momentum = 0 };

    /// <inheritdoc/>
    /// <exception cref="FrugalException">There is no classifier or only one phase, a phase has no examples, or the loss is no longer finite; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var (model, classes) = (subject.Model, subject.Data.Info.NumClasses);
        var head = FrozenFeatures.HeadOf(model);
        var phases = Enumerable.Range(0, classes).Chunk(ClassesPerPhase).ToList();
        if (phases.Count < 2)
            throw new FrugalException($"{classes} classes, {ClassesPerPhase} at a time, are one phase; choose fewer classes per phase");
        using var locked = subject.Data.LockTest();
        using var before = new ModelWeights(model);
        bool wasTraining = model.training;
        using var stream = new KeptRandomState();
        using var all = FrozenFeatures.Of(subject, subject.Data.Train);
        using var judged = FrozenFeatures.Of(subject, subject.Data.Validation ?? subject.Data.Train);
        var then = new List<double>();
        try
        {
            foreach (int[] phase in phases)
            {
                using var examples = all.Only(phase);
                using var asked = judged.Only(phase);
                if (asked.Labels.shape[0] == 0)
                    throw new FrugalException($"No validation example has a class of phase {then.Count + 1}; give more validation examples, or none");
                Fit(head, examples, then.Count, subject);
                then.Add(asked.Accuracy(head));
            }
            subject.Metrics["forgetting"] = phases.SkipLast(1).Zip(then, (phase, own) =>
            {
                using var asked = judged.Only(phase);
                return own - asked.Accuracy(head);
            }).Average();
        }
        catch
        {
            before.Restore();
            throw;
        }
        finally
        {
            model.train(wasTraining);
        }
        return subject;
    }

    private void Fit(Module<Tensor, Tensor> head, FrozenFeatures examples, int phase, Subject subject)
    {
        int count = (int)examples.Labels.shape[0];
        if (count == 0)
            throw new FrugalException($"No example has a class of phase {phase + 1}");
        head.train();
        using var rule = Optimizer.Start(ParameterGroups.Of(head.named_parameters().Where(own => own.parameter.requires_grad)));
        long updates = 0;
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            int[] order = subject.Random.At("class-incremental", phase, epoch).NextPermutation(count);
            for (int first = 0; first < count; first += BatchSize, updates++)
            {
                subject.Cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                subject.Random.SeedTorch("class-incremental", phase, updates);
                var chosen = tensor(order.Skip(first).Take(BatchSize).Select(row => (long)row).ToArray(), device: examples.Labels.device);
                rule.ZeroGradients();
                var loss = functional.cross_entropy(head.call(examples.Inputs.index_select(0, chosen)), examples.Labels.index_select(0, chosen));
                if (!double.IsFinite(loss.ToDouble()))
                    throw new FrugalException($"The loss is no longer finite in phase {phase + 1}, epoch {epoch + 1}; lower the learning rate");
                loss.backward();
                rule.Step(Optimizer.Lr);
            }
        }
        rule.ZeroGradients();
        subject.Metrics[Metric.TrainingUpdates] = (subject.Metrics[Metric.TrainingUpdates] ?? 0) + updates;
    }
}
