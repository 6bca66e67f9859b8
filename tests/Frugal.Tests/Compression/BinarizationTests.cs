using Frugal.Compression;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression;

public class BinarizationTests
{
    private static readonly MlpConfig mlp = new() { HiddenSizes = [24, 24] };

    private static string[] PathsIn(Subject subject) => [.. subject.Model.named_modules().Where(child => child.module is BinaryLinear).Select(child => child.name).Order(StringComparer.Ordinal)];

    [Fact]
    public void Hidden_layers_become_binary_and_the_classifier_only_if_asked_for()
    {
        using var subject = TinySubject.Of(mlp);
        new Binarization().Apply(subject);
        Assert.Equal(["layers.fc1", "layers.fc2"], PathsIn(subject));
        using var all = TinySubject.Of(mlp);
        new Binarization { IncludeClassifier = true, Exclude = ["*fc1"] }.Apply(all);
        Assert.Equal(["head", "layers.fc2"], PathsIn(all));
    }

    [Fact]
    public void A_transformer_takes_them_too_and_is_trained_on()
    {
        using var subject = TinySubject.Of(new VisionTransformerConfig { PatchSize = 3, EmbedDim = 16, Depth = 1, NumHeads = 2 });
        new Binarization { Rank = 2 }.Apply(subject);
        Assert.Equal(["blocks.0.attn.proj", "blocks.0.attn.qkv", "blocks.0.mlp.fc1", "blocks.0.mlp.fc2"], PathsIn(subject));
        var layer = (BinaryLinear)ModuleSurgery.Find(subject.Model, "blocks.0.mlp.fc1");
        using var scope = NewDisposeScope();
        Tensor weight = layer.get_parameter("weight")!.detach().clone(), step = layer.get_parameter("input_clip_val")!.detach().clone();
        new Train { Updates = 3, BatchSize = 16 }.Apply(subject);
        Assert.False(layer.get_parameter("weight")!.eq(weight).all().item<bool>());
        Assert.NotEqual(step.item<float>(), layer.get_parameter("input_clip_val")!.item<float>());
    }

    [Fact]
    public void Steps_are_set_from_what_each_layer_is_given()
    {
        using var subject = TinySubject.Of(mlp);
        new Binarization { CentersInputs = true }.Apply(subject);
        foreach (string path in PathsIn(subject))
        {
            var layer = (BinaryLinear)ModuleSurgery.Find(subject.Model, path);
            Assert.InRange(layer.get_parameter("input_clip_val")!.item<float>(), 1e-3f, 100f);
            Assert.NotEqual(1, layer.get_parameter("input_clip_val")!.item<float>());
            Assert.True(layer.Shift.abs().sum().item<float>() > 0);
        }
        using var uncentred = TinySubject.Of(mlp);
        new Binarization().Apply(uncentred);
        Assert.All(PathsIn(uncentred), path => Assert.Equal(0, ((BinaryLinear)ModuleSurgery.Find(uncentred.Model, path)).Shift.abs().sum().item<float>()));
    }

    [Fact]
    public void Saved_and_read_it_computes_the_same()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(mlp);
        new Binarization().Apply(subject);
        subject.Model.eval();
        var input = randn([4, .. subject.Model.InputShape]);
        var expected = subject.Model.call(input);
        ModelFolder.Save(subject.Model, folder.File("saved"), subject.Data.Info);
        using var loaded = ModelFolder.Load(folder.File("saved"));
        loaded.eval();
        Assert.True(loaded.call(input).eq(expected).all().item<bool>());
    }

    [Fact]
    public void Refuses_where_there_is_nothing_to_do()
    {
        using var subject = TinySubject.Of(mlp);
        Assert.Contains("matches no Linear", Assert.Throws<FrugalException>(() => new Binarization { Include = ["nothing"] }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Binarization { Rank = -1 });
    }
}
