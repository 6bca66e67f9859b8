using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using Frugal.Training;
using Frugal.Training.Methods.Adapters;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class BottleneckAdapterTests
{
    private static readonly ResidualMlpConfig blocks = new() { Width = 32, HiddenSize = 48, Depth = 2 };

    [Fact]
    public void Begins_as_the_identity_and_has_the_published_number_of_weights()
    {
        using var scope = NewDisposeScope();
        using var adapter = new BottleneckAdapter(64, 4);
        var input = randn(3, 5, 64);
        Assert.True(adapter.call(input).equal(input).all().item<bool>());
        Assert.Equal(2 * 64 * 64 / 16 + 64 / 16 + 64, adapter.parameters().Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void Training_moves_the_branches_and_the_classifier_alone()
    {
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(blocks);
        var before = subject.Model.state_dict().ToDictionary(own => own.Key, own => own.Value.clone());
        new Train { Updates = 3, BatchSize = 16, Methods = [new BottleneckAdapters { Include = ["*.fc2"] }] }.Apply(subject);
        var after = subject.Model.state_dict();
        foreach (var (name, weight) in before)
        {
            string now = name.Replace(".fc2.", ".fc2.layer.", StringComparison.Ordinal);
            Assert.Equal(name.StartsWith("head.", StringComparison.Ordinal), !after[now].equal(weight).all().item<bool>());
        }
        Assert.NotEqual(0, after["blocks.0.fc2.adapter.up.weight"].count_nonzero().item<long>());
        Assert.All(LayerSelection.All.Of<BottleneckAdapter>(subject.Model), adapter => Assert.Equal(2, adapter.Layer.Hidden));
        Assert.All(subject.Model.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void Failure_leaves_the_model_as_it_was_and_a_choice_without_a_layer_is_refused()
    {
        using var subject = TinySubject.Of(blocks);
        byte[] before = TinySubject.Bytes(subject);
        Assert.Throws<FrugalException>(() => new Train { Updates = 3, BatchSize = 16, Methods = [new BottleneckAdapters(), new Hooks { Before = _ => throw new FrugalException("no more") }] }.Apply(subject));
        Assert.Equal(before, TinySubject.Bytes(subject));
        Assert.Contains(
            "bottleneck-adapters finds no linear layer",
            Assert.Throws<FrugalException>(() => new Train { Updates = 3, BatchSize = 16, Methods = [new BottleneckAdapters { Include = ["head"] }] }.Apply(subject)).Message, StringComparison.Ordinal);
    }
}
