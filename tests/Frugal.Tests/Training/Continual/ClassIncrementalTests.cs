using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training.Continual;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Continual;

public class ClassIncrementalTests
{
    private static readonly Sgd plain = new() { Lr = 0.5, Momentum = 0 };

    private static Subject Subject(HeadStep? head)
    {
        var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [32] });
        head?.Apply(subject);
        return subject;
    }

    private static Dictionary<string, byte[]> State(Subject subject) => subject.Model.state_dict().ToDictionary(own => own.Key, own => own.Value.contiguous().bytes.ToArray());

    private static readonly KeyValueHead keyValue = new() { Codebooks = 32, Keys = 16, KeyDim = 4, Averages = new() { BatchSize = 16 } };

    [Fact]
    public void A_key_value_head_changes_no_other_layer_and_begins_with_equal_logits()
    {
        using var scope = NewDisposeScope();
        using Subject plainOne = Subject(null), subject = Subject(keyValue);
        var before = State(plainOne);
        Assert.All(State(subject).Where(own => own.Key.StartsWith("layers.", StringComparison.Ordinal)), own => Assert.Equal(before[own.Key], own.Value));
        var bottleneck = Assert.Single(LayerSelection.All.Of<KeyValueBottleneck>(subject.Model));
        Assert.Equal("head.bottleneck", bottleneck.Path);
        Assert.Equal(0, subject.Model.call(rand([3, .. subject.Model.InputShape])).abs().max().item<float>());
    }

    [Fact]
    public void Only_values_change_and_classes_that_came_first_are_still_known()
    {
        using var subject = Subject(keyValue);
        var before = State(subject);
        new ClassIncremental { Optimizer = new Sgd { Lr = 15, Momentum = 0 }, BatchSize = 16 }.Apply(subject);
        Assert.Equal(["head.bottleneck.values"], State(subject).Where(own => !own.Value.AsSpan().SequenceEqual(before[own.Key])).Select(own => own.Key));
        double accuracy = Evaluation.Of(subject.Model, subject.Data.Test).Accuracy;
        Assert.True(accuracy > 0.8, $"{accuracy}");
        using var other = Subject(new MlpHead());
        new ClassIncremental { Optimizer = plain, BatchSize = 16 }.Apply(other);
        Assert.True(subject.Metrics["forgetting"] < other.Metrics["forgetting"] - 0.3, $"{subject.Metrics["forgetting"]} against {other.Metrics["forgetting"]}");
        Assert.True(subject.Metrics[Metric.TrainingUpdates] > 0);
    }

    [Fact]
    public void A_linear_layer_on_the_keys_is_trained_and_the_keys_are_not()
    {
        using var subject = Subject(new KeyValueHead { Codebooks = 8, Keys = 8, Reads = KeyReading.Keys });
        var before = State(subject);
        new ClassIncremental { Optimizer = plain }.Apply(subject);
        Assert.Equal(["head.fc.bias", "head.fc.weight"], State(subject).Where(own => !own.Value.AsSpan().SequenceEqual(before[own.Key])).Select(own => own.Key).Order());
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes()
    {
        byte[] Bytes()
        {
            using var subject = Subject(new MlpHead { HiddenSizes = [] });
            new ClassIncremental { Optimizer = plain, Epochs = 2 }.Apply(subject);
            return TinySubject.Bytes(subject);
        }

        Assert.Equal(Bytes(), Bytes());
    }

    [Fact]
    public void What_cannot_be_is_refused_and_leaves_the_model_as_it_was()
    {
        using var subject = Subject(new MlpHead());
        byte[] before = TinySubject.Bytes(subject);
        Assert.Contains("one phase", Assert.Throws<FrugalException>(() => new ClassIncremental { ClassesPerPhase = 4 }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("learning rate", Assert.Throws<FrugalException>(() => new ClassIncremental { Optimizer = new Sgd { Lr = 1e30 } }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Equal(before, TinySubject.Bytes(subject));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyValueHead { Keys = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MlpHead { HiddenSizes = [0] });
        using var none = TinySubject.Of(new MlpConfig { NumClasses = 0 });
        Assert.Contains("no classifier", Assert.Throws<FrugalException>(() => keyValue.Apply(none)).Message, StringComparison.Ordinal);
    }
}
