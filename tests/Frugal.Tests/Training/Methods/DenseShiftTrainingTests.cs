using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Pruning;
using Frugal.Training.Methods.Shift;
using TorchSharp.Modules;

namespace Frugal.Tests.Training.Methods;

public class DenseShiftTrainingTests
{
    private static readonly ConvNetConfig convNet = new() { Channels = [8, 16] };

    private static Train Train(DenseShift method, long updates = 4, params TrainingMethod[] more) => new() { Updates = updates, BatchSize = 16, Methods = [method, .. more] };

    private static string[] PathsOf<T>(Subject subject) => [.. subject.Model.named_modules().Where(child => child.module is T).Select(child => child.name)];

    [Fact]
    public void The_first_convolution_and_the_classifier_stay()
    {
        using var subject = TinySubject.Of(convNet);
        Train(new()).Apply(subject);
        Assert.Equal(["stages.conv2"], PathsOf<ShiftConv2d>(subject));
        Assert.IsType<Conv2d>(ModuleSurgery.Find(subject.Model, "stages.conv1"));
    }

    [Fact]
    public void They_take_part_when_asked()
    {
        using var subject = TinySubject.Of(convNet);
        Train(new() { IncludeFirst = true, IncludeClassifier = true }).Apply(subject);
        Assert.Equal(["stages.conv1", "stages.conv2"], PathsOf<ShiftConv2d>(subject).Order());
        Assert.Equal(["fc.shift"], PathsOf<ShiftLinear>(subject));
    }

    [Fact]
    public void A_norm_is_added_only_where_none_follows()
    {
        using var plain = TinySubject.Of(TinySubject.Mlp);
        Train(new()).Apply(plain);
        Assert.Equal(["layers.fc1.norm"], PathsOf<LayerNorm>(plain));
        using var normed = TinySubject.Of(convNet);
        Train(new()).Apply(normed);
        Assert.Equal(["stages.bn1", "stages.bn2"], PathsOf<BatchNorm2d>(normed).Order());
        using var without = TinySubject.Of(TinySubject.Mlp);
        Train(new() { AddsNorms = false }).Apply(without);
        Assert.Empty(PathsOf<LayerNorm>(without));
    }

    [Fact]
    public void What_is_left_takes_the_bits_of_its_codes_and_counts_its_weights()
    {
        using var subject = TinySubject.Of(convNet);
        var before = ModelMeasure.Of(subject.Model, subject.Data.Info);
        Train(new() { Bits = 2 }).Apply(subject);
        var after = ModelMeasure.Of(subject.Model, subject.Data.Info);
        const long Weights = 8 * 16 * 9;
        Assert.Equal(before.Parameters, after.Parameters);
        Assert.Equal(before.Bytes - 4 * Weights + Weights / 4, after.Bytes);
        Assert.Equal(before.Macs, after.Macs);
    }

    [Fact]
    public void Latents_can_be_kept_and_trained_on_from_where_they_were()
    {
        using var subject = TinySubject.Of(convNet);
        Train(new() { KeepsLatents = true }, 3).Apply(subject);
        var layer = (DenseShiftConv2d)ModuleSurgery.Find(subject.Model, "stages.conv2");
        Train(new() { KeepsLatents = true }, 3).Apply(subject);
        Assert.Same(layer, ModuleSurgery.Find(subject.Model, "stages.conv2"));
    }

    [Fact]
    public void Training_learns_the_data_and_measures_what_stayed()
    {
        using var subject = TinySubject.Of(convNet, examples: 128);
        new Train { Epochs = 10, BatchSize = 16, Optimizer = new Frugal.Training.Optimizers.Adam { Lr = 0.005 }, Methods = [new DenseShift()] }.Apply(subject);
        Assert.True(subject.Curve[^1].ValidationAccuracy > 0.9, $"validation accuracy {subject.Curve[^1].ValidationAccuracy}");
        Assert.InRange(subject.Metrics["unchanged-signs"]!.Value, 0.2, 0.95);
        Assert.True(subject.Metrics["unchanged-weights"] < subject.Metrics["unchanged-signs"]);
    }

    [Fact]
    public void Large_latents_keep_their_signs()
    {
        using var subject = TinySubject.Of(convNet);
        Train(new() { InitialStd = 100 }).Apply(subject);
        Assert.InRange(subject.Metrics["unchanged-signs-last"]!.Value, 0.99, 1);
    }

    [Fact]
    public void Training_that_fails_leaves_the_model_as_it_was()
    {
        using var subject = TinySubject.Of(convNet);
        byte[] before = TinySubject.Bytes(subject);
        Assert.Throws<FrugalException>(() => Train(new(), 4, new Hooks { Before = _ => throw new FrugalException("no more") }).Apply(subject));
        Assert.Empty(PathsOf<DenseShiftConv2d>(subject));
        Assert.Equal(before, TinySubject.Bytes(subject));
    }

    [Fact]
    public void Pruning_the_same_weights_is_refused_since_none_can_be_zero()
    {
        using var subject = TinySubject.Of(convNet);
        byte[] before = TinySubject.Bytes(subject);
        string message = Assert.Throws<FrugalException>(() => Train(new(), 8, new GradualPruning { Include = ["stages.conv2"] }).Apply(subject)).Message;
        Assert.Contains("denseshift", message, StringComparison.Ordinal);
        Assert.Contains("gradual-pruning", message, StringComparison.Ordinal);
        Assert.Equal(before, TinySubject.Bytes(subject));
    }

    [Fact]
    public void A_pattern_without_a_match_and_a_choice_without_a_layer_are_refused()
    {
        using var subject = TinySubject.Of(convNet);
        Assert.Contains("'stages.conv9'", Assert.Throws<FrugalException>(() => Train(new() { Include = ["stages.conv9"] }).Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("finds no layer", Assert.Throws<FrugalException>(() => Train(new() { Include = ["stages.conv1"] }).Apply(subject)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet for cifar")]
    [InlineData("vit")]
    [InlineData("mlp")]
    public void Every_architecture_is_trained_and_saved_in_codes(string name)
    {
        using var folder = new TemporaryFolder();
        using var subject = TinySubject.Of(Frugal.Tests.Models.ModelCases.Small[name] with { InChannels = 1, ImageSize = null, NumClasses = null }, side: 8);
        Train(new()).Apply(subject);
        ModelFolder.Save(subject.Model, folder.Path);
        using var again = ModelFolder.Load(folder.Path);
        Assert.Equal(Outputs(subject.Model), Outputs(again));
    }

    private static float[] Outputs(Model model)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        model.eval();
        return model.call(TorchSharp.torch.ones([2, .. model.InputShape])).data<float>().ToArray();
    }
}
