using Frugal.Data;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Clipping;
using Frugal.Training.Optimizers;
using Frugal.Training.Schedules;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training;

public class TrainTests
{
    private static Train Short => new() { Epochs = 3, BatchSize = 16, Optimizer = new AdamW { Lr = 0.01 } };

    [Fact]
    public void Learns_and_leaves_the_model_ready_to_use()
    {
        using var subject = TinySubject.Of();
        Assert.Same(subject, Short.Apply(subject));
        Assert.False(subject.Model.training);
        Assert.True(subject.Curve[^1].ValidationAccuracy > 0.9);
        Assert.All(subject.Model.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.Equal(12, subject.Metrics[Metric.TrainingUpdates]);
    }

    [Fact]
    public void Draws_a_learning_curve()
    {
        using var subject = TinySubject.Of();
        Short.Apply(subject);
        Assert.Equal([1, 2, 3], subject.Curve.Select(point => point.Epoch));
        Assert.All(subject.Curve, point => Assert.InRange(point.TrainingAccuracy!.Value, 0, 1));
        Assert.True(subject.Curve[2].TrainingLoss < subject.Curve[0].TrainingLoss);
        Assert.NotNull(subject.Curve[2].ValidationAccuracy);
        Short.Apply(subject);
        Assert.Equal([1, 2, 3, 4, 5, 6], subject.Curve.Select(point => point.Epoch));
    }

    [Fact]
    public void Same_seed_gives_the_same_bytes_and_another_seed_does_not()
    {
        Assert.Equal(Trained(1), Trained(1));
        Assert.NotEqual(Trained(1), Trained(2));

        static byte[] Trained(long seed)
        {
            using var subject = TinySubject.Of(seed: seed);
            return TinySubject.Bytes(Short.Apply(subject));
        }
    }

    [Fact]
    public void Counts_updates_where_asked()
    {
        using var subject = TinySubject.Of();
        new Train { Updates = 6, BatchSize = 16 }.Apply(subject);
        Assert.Equal(6, subject.Metrics[Metric.TrainingUpdates]);
        Assert.Equal([1, 2], subject.Curve.Select(point => point.Epoch));
    }

    [Fact]
    public void Accumulating_parts_equals_one_batch()
    {
        using var whole = TinySubject.Of(new MlpConfig { HiddenSizes = [16] });
        using var parts = TinySubject.Of(new MlpConfig { HiddenSizes = [16] });
        new Train { Epochs = 2, BatchSize = 16, Optimizer = new Sgd() }.Apply(whole);
        new Train { Epochs = 2, BatchSize = 16, Optimizer = new Sgd(), Accumulation = 3 }.Apply(parts);
        foreach (var (name, value) in whole.Model.named_parameters())
            Assert.True((value - parts.Model.get_parameter(name)!).abs().max().ToDouble() < 1e-5, name);
        Assert.Equal(whole.Curve[1].TrainingAccuracy, parts.Curve[1].TrainingAccuracy);
    }

    [Fact]
    public void The_test_split_is_out_of_reach()
    {
        using var subject = TinySubject.Of();
        var peeking = new Hooks { Batch = fit => _ = fit.Subject.Data.Test };
        Assert.Contains("test split", Assert.Throws<FrugalException>(() => (new Train { Methods = [peeking] }).Apply(subject)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_larger_than_the_data_is_refused_with_both_numbers()
    {
        using var subject = TinySubject.Of();
        var error = Assert.Throws<FrugalException>(() => new Train { BatchSize = 100 }.Apply(subject));
        Assert.Contains("100", error.Message, StringComparison.Ordinal);
        Assert.Contains("64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_leaves_the_model_as_it_was()
    {
        using var subject = TinySubject.Of(TinySubject.ConvNet);
        byte[] before = TinySubject.Bytes(subject);
        var failing = new Hooks { AfterUpdate = fit => { if (fit.Update == 3) throw new InvalidOperationException("on purpose"); } };
        Assert.Throws<InvalidOperationException>(() => new Train { BatchSize = 16, Methods = [failing] }.Apply(subject));
        Assert.Equal(before, TinySubject.Bytes(subject));
    }

    [Fact]
    public void Methods_may_change_the_learning_rate()
    {
        using var subject = TinySubject.Of();
        byte[] before = TinySubject.Bytes(subject);
        new Train { Epochs = 1, BatchSize = 16, Optimizer = new Sgd { Momentum = 0 }, Methods = [new Hooks { Before = fit => fit.LearningRate = 0 }] }.Apply(subject);
        Assert.Equal(before, TinySubject.Bytes(subject));
    }

    [Fact]
    public void Schedule_is_stepped_by_update()
    {
        var rates = new List<double>();
        using var subject = TinySubject.Of();
        var train = new Train
        {
            Epochs = 2,
            BatchSize = 16,
            Optimizer = new Sgd { Lr = 0.1 },
            Schedule = new Polynomial(),
            Methods = [new Hooks { Before = fit => rates.Add(fit.LearningRate) }],
        };
        train.Apply(subject);
        Assert.Equal(Enumerable.Range(0, 8).Select(t => 0.1 * (1 - t / 8.0)), rates);
    }

    [Fact]
    [Trait("Reliability", "T38")]
    public void Live_tensors_stay_constant_over_2_000_updates()
    {
        var counts = new List<long>();
        using var subject = TinySubject.Of();
        var train = new Train
        {
            Updates = 2000,
            BatchSize = 16,
            Accumulation = 2,
            Clip = new NormClip(),
            Ema = new Ema(),
            Methods = [new Hooks { AfterUpdate = _ => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount) }],
        };
        train.Apply(subject);
        Assert.Single(counts[10..].Distinct());
    }

    [Fact]
    public void Leaves_no_tensors_behind()
    {
        using var subject = TinySubject.Of(TinySubject.ConvNet);
        Short.Apply(subject);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        new Train { Epochs = 1, BatchSize = 16, Ema = new Ema(), Clip = new AdaptiveClip(), OnNonFinite = NonFiniteAction.Skip }.Apply(subject);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Train { Epochs = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Train { Updates = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Train { BatchSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Train { Accumulation = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Train { LayerDecay = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Train { LayerDecay = 1.1 });
    }
}
