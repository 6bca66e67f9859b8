using Frugal.Compression.Packing;
using Frugal.Compression.Pruning;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Distillation;
using Frugal.Training.Methods.Pruning;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace Frugal.Tests.Training.Methods.Pruning;

public class AdaptiveSparsityTests
{
    private static readonly VisionTransformerConfig vit = new() { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 };

    private static Train Train(AdaptiveSparsity method, long updates = 6, Optimizer? optimizer = null) =>
        new() { Updates = updates, BatchSize = 16, Optimizer = optimizer ?? new AdamW { Lr = 0.005 }, Methods = [method] };

    private static Linear Layer(Subject subject, string path) => (Linear)ModuleSurgery.Find(subject.Model, path);

    private static bool Holds(Tensor weight, NofMPattern pattern)
    {
        using var scope = NewDisposeScope();
        return weight.detach().ne(0).reshape(-1, pattern.Group).sum(1).le(pattern.Kept).all().item<bool>();
    }

    [Fact]
    public void All_linear_layers_but_the_classifier_end_with_the_pattern()
    {
        using var subject = TinySubject.Of(vit);
        Train(new()).Apply(subject);
        foreach (string path in (string[])["blocks.0.attn.qkv", "blocks.0.attn.proj", "blocks.1.mlp.fc1", "blocks.1.mlp.fc2"])
            Assert.True(Holds(Layer(subject, path).weight!, NofMPattern.TwoOfFour), path);
        Assert.False(Holds(Layer(subject, "head").weight!, NofMPattern.TwoOfFour));
    }

    [Fact]
    public void Layers_are_chosen_by_pattern_and_the_classifier_if_asked_for()
    {
        using var subject = TinySubject.Of(vit);
        Train(new() { Include = ["blocks.0.*", "head"], Exclude = ["*.attn.*"], IncludeClassifier = true }).Apply(subject);
        Assert.True(Holds(Layer(subject, "head").weight!, NofMPattern.TwoOfFour));
        Assert.True(Holds(Layer(subject, "blocks.0.mlp.fc1").weight!, NofMPattern.TwoOfFour));
        Assert.False(Holds(Layer(subject, "blocks.0.attn.qkv").weight!, NofMPattern.TwoOfFour));
        Assert.False(Holds(Layer(subject, "blocks.1.mlp.fc1").weight!, NofMPattern.TwoOfFour));
    }

    [Fact]
    public void The_gradient_reaches_masked_weights_and_masks_move()
    {
        using var subject = TinySubject.Of(vit);
        Train(new() { MaskInterval = Duration.Batches(1) }, 12, new AdamW { Lr = 0.05 }).Apply(subject);
        Assert.InRange(subject.Metrics["initial-flip-rate"]!.Value, 1e-4, 0.9);
        Assert.InRange(subject.Metrics["flip-rate"]!.Value, 0, subject.Metrics["initial-flip-rate"]!.Value + 0.5);
    }

    [Fact]
    public void A_strong_decay_empties_what_is_masked_and_ends_the_flips()
    {
        using var weak = TinySubject.Of(vit);
        Train(new() { Decay = 0, MaskInterval = Duration.Batches(1) }, 20, new AdamW { Lr = 0.05 }).Apply(weak);
        using var strong = TinySubject.Of(vit);
        Train(new() { Decay = 100, DecayRise = Duration.Batches(1), MaskInterval = Duration.Batches(1) }, 20, new AdamW { Lr = 0.05 }).Apply(strong);
        Assert.True(strong.Metrics["initial-flip-rate"] < weak.Metrics["initial-flip-rate"]);
    }

    [Fact]
    public void Without_decay_the_update_of_stored_weights_is_that_of_adamw()
    {
        using var subject = TinySubject.Of(vit);
        var path = "blocks.0.mlp.fc1";
        Tensor? gradient = null, before = Layer(subject, path).weight!.detach().clone(), after = null;
        var watch = new Hooks
        {
            Acts = Phase.Gradient,
            Gradients = fit => gradient = Layer(fit.Subject, path).weight!.grad!.clone().DetachFromDisposeScope(),
        };
        var method = new AdaptiveSparsity { Decay = 0, Terms = [] };
        var look = new Hooks { AfterUpdate = _ => after = method.Save().Tensors[$"stored.{path}.weight"].clone().DetachFromDisposeScope() };
        var rule = new AdamW { Lr = 0.01 };
        new Train { Updates = 1, BatchSize = 16, Optimizer = rule, Schedule = new Frugal.Training.Schedules.Constant(), Methods = [watch, method, look] }.Apply(subject);
        using var scope = NewDisposeScope();
        var alone = before.clone().requires_grad_();
        alone.grad = gradient;
        using var state = rule.Start([new([("weight", alone)])]);
        state.Step(rule.Lr);
        Assert.True(alone.detach().allclose(after!, 1e-6, 1e-7));
    }

    [Fact]
    public void Input_sizes_change_the_masks_and_are_measured_on_the_dense_network()
    {
        using var magnitude = TinySubject.Of(vit);
        new NofMPruning().Apply(magnitude);
        using var wanda = TinySubject.Of(vit);
        new NofMPruning { Score = WeightScore.Wanda, Calibration = 32 }.Apply(wanda);
        Assert.False(Layer(wanda, "blocks.0.mlp.fc2").weight!.allclose(Layer(magnitude, "blocks.0.mlp.fc2").weight!, 0, 0));
        Assert.True(Holds(Layer(wanda, "blocks.0.mlp.fc2").weight!, NofMPattern.TwoOfFour));
        Train(new() { Score = WeightScore.Wanda, Calibration = 32 }).Apply(TinySubject.Of(vit));
    }

    [Fact]
    public void Added_weights_are_trained_saved_and_folded()
    {
        using var subject = TinySubject.Of(vit);
        using var folder = new TemporaryFolder();
        Train(new() { Boost = 4 }).Apply(subject);
        var layer = Assert.IsType<SlorbLinear>(ModuleSurgery.Find(subject.Model, "blocks.0.mlp.fc1"));
        Assert.True(Holds(Layer(subject, "blocks.0.mlp.fc1.sparse").weight!, NofMPattern.TwoOfFour));
        Assert.Equal(4, layer.Group);
        using var images = rand([3, .. subject.Model.InputShape]);
        using var output = subject.Model.call(images);
        ModelFolder.Save(subject.Model, folder.Path);
        using var loaded = ModelFolder.Load(folder.Path);
        loaded.eval();
        Assert.True(loaded.call(images).allclose(output, 1e-5, 1e-6));
        new FoldSlorb().Apply(subject);
        Assert.IsType<Linear>(ModuleSurgery.Find(subject.Model, "blocks.0.mlp.fc1"));
        Assert.True(subject.Model.call(images).allclose(output, 1e-4, 1e-5));
    }

    [Fact]
    public void A_second_training_goes_on_with_the_added_weights()
    {
        using var subject = TinySubject.Of(vit);
        Train(new() { Boost = 4 }).Apply(subject);
        Train(new() { Boost = 4 }).Apply(subject);
        Assert.IsType<Linear>(ModuleSurgery.Find(subject.Model, "blocks.0.mlp.fc1.sparse"));
        Assert.True(Holds(Layer(subject, "blocks.0.mlp.fc1.sparse").weight!, NofMPattern.TwoOfFour));
        Assert.False(Holds(Layer(subject, "blocks.0.mlp.fc1.boost").weight!, NofMPattern.TwoOfFour));
    }

    [Fact]
    public void What_is_left_fits_the_packed_form()
    {
        using var subject = TinySubject.Of(vit);
        Train(new()).Apply(subject);
        var packable = PackableLayer.Of(Layer(subject, "blocks.0.mlp.fc1"))!;
        Assert.NotNull(new NofMForm(2, 4).TryPack(packable));
    }

    [Fact]
    public void The_square_head_sums_relative_differences_over_the_layers()
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor([1f, 2, 3]), teacher = tensor([2f, 2, 5]);
        double one = (1 + 0 + 4) / 3.0 / (33 / 3.0 + 1.0 / 128);
        var outputs = new DistilledOutputs(zeros(1, 2), zeros(1, 2), [(student, teacher), (student, teacher)]);
        Assert.Equal(2 * one, new SquareHeadTerm().Loss(outputs).ToDouble(), 1e-6);
        using var subject = TinySubject.Of(vit);
        Train(new() { Terms = [new LogitTerm { Temperature = 2 }, new SquareHeadTerm { Weight = 0.1 }] }).Apply(subject);
        Assert.True(Holds(Layer(subject, "blocks.1.mlp.fc2").weight!, NofMPattern.TwoOfFour));
    }

    [Fact]
    public void Bad_input_is_refused_with_what_would_be_allowed_and_leaves_the_model_alone()
    {
        using var subject = TinySubject.Of(vit);
        byte[] before = TinySubject.Bytes(subject);
        string Refused(AdaptiveSparsity method, Optimizer? rule = null) => Assert.Throws<FrugalException>(() => Train(method, optimizer: rule).Apply(subject)).Message;
        string group = Refused(new() { Pattern = new(1, 5) });
        Assert.Contains("'blocks.0.attn.qkv' has 16 inputs", group, StringComparison.Ordinal);
        Assert.Contains("2, 4, 8, 16", group, StringComparison.Ordinal);
        Assert.Contains("groups of 5", Refused(new() { Boost = 5 }), StringComparison.Ordinal);
        Assert.Contains("decay: 0", Refused(new(), new Sgd()), StringComparison.Ordinal);
        Assert.Contains("trains-projection", Refused(new() { Boost = 4, BoostStart = SlorbStart.Xavier }), StringComparison.Ordinal);
        Assert.Contains("'nothing'", Refused(new() { Include = ["nothing"] }), StringComparison.Ordinal);
        Assert.Equal(before, TinySubject.Bytes(subject));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 0.25)]
    [InlineData(10, 0.5)]
    [InlineData(11, 0.5)]
    public void The_decay_rises_in_a_line_and_stays(long update, double expected) => Assert.Equal(expected, new AnnealedDecay(0.5, 10).At(update), 1e-12);
}
