using Frugal.Data;
using Frugal.Training;
using Frugal.Training.Methods.Mixing;
using Frugal.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods;

public class MixTests
{
    private sealed class Watch(Action<Batch> see) : Hooks
    {
        public override void OnBatch(Fit fit, ref Batch batch) => see(batch);
    }

    private static List<Batch> Batches(Mix mix, double smoothing = 0.1)
    {
        var seen = new List<Batch>();
        using var subject = TinySubject.Of();
        var watching = new Watch(batch => seen.Add(new(batch.Inputs.clone().DetachFromDisposeScope(), batch.Targets.clone().DetachFromDisposeScope(), batch.Indices)));
        new Train { Updates = 4, BatchSize = 16, Objective = new CrossEntropy { Smoothing = smoothing }, Methods = [mix, watching] }.Apply(subject);
        return seen;
    }

    [Fact]
    public void Targets_are_soft_and_smoothed_once()
    {
        foreach (var batch in Batches(new Mix { Probability = 0 }))
        {
            Assert.True((batch.Targets.sum(1) - 1).abs().max().ToDouble() < 1e-6);
            Assert.Equal(1 - 0.1 + 0.1 / 4, batch.Targets.max().ToDouble(), 1e-6);
            Assert.Equal(0.1 / 4, batch.Targets.min().ToDouble(), 1e-6);
        }
    }

    [Fact]
    public void Inputs_are_mixed_with_the_flipped_batch()
    {
        var plain = Batches(new Mix { Probability = 0 });
        var mixed = Batches(Mix.Mixup);
        for (int i = 0; i < plain.Count; i++)
        {
            // Mixup with one weight for the batch keeps the sum of partners.
            var sum = plain[i].Inputs + plain[i].Inputs.flip(0);
            Assert.True((mixed[i].Inputs + mixed[i].Inputs.flip(0) - sum).abs().max().ToDouble() < 1e-5);
            Assert.True((mixed[i].Inputs - plain[i].Inputs).abs().max().ToDouble() > 1e-3);
        }
    }

    [Fact]
    public void Two_methods_that_mix_targets_are_refused()
    {
        using var subject = TinySubject.Of();
        Assert.Throws<FrugalException>(() => new Train { Updates = 1, BatchSize = 16, Methods = [Mix.Mixup, Mix.Cutmix] }.Apply(subject));
    }

    [Fact]
    public void Accuracy_is_absent_where_targets_are_mixed()
    {
        using var subject = TinySubject.Of();
        new Train { Epochs = 1, BatchSize = 16, Methods = [new Mix()] }.Apply(subject);
        Assert.Null(subject.Curve[0].TrainingAccuracy);
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Mix { MixupAlpha = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Mix { Probability = 1.1 });
    }
}
