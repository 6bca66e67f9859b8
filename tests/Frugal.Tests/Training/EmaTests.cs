using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training;

public class EmaTests
{
    private static Train With(Ema? ema, params TrainingMethod[] methods) =>
        new() { Epochs = 2, BatchSize = 16, Optimizer = new Sgd { Lr = 0.1 }, Ema = ema, Methods = methods };

    [Fact]
    public void Without_decay_it_is_the_weights()
    {
        using Subject plain = TinySubject.Of(TinySubject.ConvNet), averaged = TinySubject.Of(TinySubject.ConvNet);
        With(null).Apply(plain);
        With(new Ema { Decay = 0 }).Apply(averaged);
        Assert.Equal(TinySubject.Bytes(plain), TinySubject.Bytes(averaged));
    }

    [Fact]
    public void With_full_decay_it_never_changes()
    {
        using var subject = TinySubject.Of();
        byte[] before = TinySubject.Bytes(subject);
        With(new Ema { Decay = 1 }).Apply(subject);
        Assert.Equal(before, TinySubject.Bytes(subject));
    }

    [Fact]
    public void Follows_the_closed_form_with_norm_statistics()
    {
        const double decay = 0.7;
        const string watched = "stages.bn1.running_mean";
        var path = new List<Tensor>();
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(TinySubject.ConvNet);
        Tensor Watched(Subject of) => of.Model.state_dict()[watched].detach().to(float64).DetachFromDisposeScope();
        var start = Watched(subject);
        With(new Ema { Decay = decay }, new Hooks { AfterUpdate = fit => path.Add(Watched(fit.Subject)) }).Apply(subject);
        var expected = Math.Pow(decay, path.Count) * start;
        for (int k = 0; k < path.Count; k++)
            expected += (1 - decay) * Math.Pow(decay, path.Count - 1 - k) * path[k];
        Assert.True((Watched(subject) - expected).abs().max().ToDouble() < 1e-6);
        path.ForEach(value => value.Dispose());
    }

    [Fact]
    public void Is_what_training_validates_with()
    {
        using var subject = TinySubject.Of(validation: 64);
        With(new Ema { Decay = 1 }).Apply(subject);
        double untrained = Evaluation.Of(subject.Model, subject.Data.Validation!).Accuracy;
        Assert.All(subject.Curve, point => Assert.Equal(untrained, point.ValidationAccuracy));
    }

    [Fact]
    public void Warm_up_starts_as_a_copy_and_ends_at_the_decay()
    {
        var ema = new Ema { Decay = 0.99, WarmUp = true };
        Assert.Equal(0, ema.DecayAt(1));
        Assert.Equal(1 - Math.Pow(2, -2.0 / 3), ema.DecayAt(2), 1e-12);
        Assert.Equal(0.99, ema.DecayAt(1_000_000));
        Assert.Equal(0, new Ema { UpdateAfterStep = 5 }.DecayAt(5));
        Assert.Equal(0.9999, new Ema { UpdateAfterStep = 5 }.DecayAt(6));
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ema { Decay = 1.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ema { WarmUpGamma = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ema { WarmUpPower = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ema { UpdateAfterStep = -1 });
    }
}
