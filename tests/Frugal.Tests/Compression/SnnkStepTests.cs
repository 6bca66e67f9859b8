using Frugal.Compression;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Tests.Models;
using Frugal.Training;
using Frugal.Training.Methods.Adapters;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression;

public class SnnkStepTests
{
    private static Subject Subject(Notes? notes = null, int examples = 64) => TinySubject.Of(new MlpConfig { HiddenSizes = [24] }, examples: examples, observer: notes);

    private static Tensor Outputs(Model model)
    {
        model.eval();
        return model.call(ones([2, .. model.InputShape]) * 0.5);
    }

    [Fact]
    public void A_layer_and_its_activation_become_one_and_the_classifier_stays()
    {
        using var subject = Subject();
        new Snnk { NumFeatures = 12 }.Apply(subject);
        Assert.IsType<SnnkLinear>(ModuleSurgery.Find(subject.Model, "layers.fc1"));
        Assert.IsType<Identity>(ModuleSurgery.Find(subject.Model, "layers.act1"));
        Assert.IsType<Linear>(ModuleSurgery.Find(subject.Model, "head"));
    }

    [Fact]
    public void Bundling_merges_the_classifier_and_changes_no_output()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var subject = Subject();
        new Snnk { NumFeatures = 12 }.Apply(subject);
        var before = Outputs(subject.Model);
        new BundleSnnk().Apply(subject);
        Assert.True(Outputs(subject.Model).allclose(before, rtol: 1e-4, atol: 1e-5));
        Assert.Equal(4 * 12 + 4, subject.Model.parameters().Sum(parameter => parameter.numel()));
        ModelFolder.Save(subject.Model, folder.Path);
        using var again = ModelFolder.Load(folder.Path);
        Assert.True(Outputs(again).equal(Outputs(subject.Model)).all().item<bool>());
    }

    [Fact]
    public void The_closed_form_classifies_without_training()
    {
        using var subject = Subject(examples: 256);
        new Snnk { NumFeatures = 32 }.Apply(subject);
        new BundleSnnk().Apply(subject);
        new FitSnnk().Apply(subject);
        Assert.InRange(Evaluation.Of(subject.Model, subject.Data.Validation!).Accuracy, 0.9, 1);
    }

    [Fact]
    public void What_cannot_be_is_refused_and_changes_nothing()
    {
        using var subject = Subject();
        byte[] before = TinySubject.Bytes(subject);
        Assert.Contains("finds no layer", Assert.Throws<FrugalException>(() => new Snnk { NumFeatures = 36 }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("finds nothing to merge", Assert.Throws<FrugalException>(() => new BundleSnnk().Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("bundle-snnk", Assert.Throws<FrugalException>(() => new FitSnnk().Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Equal(before, TinySubject.Bytes(subject));
    }

    [Fact]
    public void In_a_transformer_the_first_feed_forward_layers_are_taken_and_the_others_named()
    {
        var notes = new Notes();
        using var subject = TinySubject.Of(new VisionTransformerConfig { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 }, observer: notes);
        new Snnk { NumFeatures = 8 }.Apply(subject);
        Assert.Equal(["blocks.0.mlp.fc1", "blocks.1.mlp.fc1"], LayerSelection.All.Of<SnnkLinear>(subject.Model).Select(layer => layer.Path));
        Assert.Contains(notes.Texts, text => text.Contains("'blocks.0.attn.qkv' stays", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void Adapters_alone_are_trained_and_stay_behind_their_layers(long hidden)
    {
        using var scope = NewDisposeScope();
        using var subject = Subject();
        var before = subject.Model.state_dict().ToDictionary(own => own.Key, own => own.Value.clone());
        new Train { Updates = 3, BatchSize = 16, Methods = [new SnnkAdapters { Hidden = hidden }] }.Apply(subject);
        var after = subject.Model.state_dict();
        Assert.True(after["layers.fc1.layer.weight"].equal(before["layers.fc1.weight"]).all().item<bool>());
        Assert.NotEqual(0, after[hidden == 0 ? "layers.fc1.adapter.modulating_vector" : "layers.fc1.adapter.adapter_up.weight"].count_nonzero().item<long>());
        Assert.All(subject.Model.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void Adapter_training_that_fails_leaves_the_model_as_it_was()
    {
        using var subject = Subject();
        byte[] before = TinySubject.Bytes(subject);
        Assert.Throws<FrugalException>(() => new Train { Updates = 3, BatchSize = 16, Methods = [new SnnkAdapters(), new Hooks { Before = _ => throw new FrugalException("no more") }] }.Apply(subject));
        Assert.Equal(before, TinySubject.Bytes(subject));
    }
}
