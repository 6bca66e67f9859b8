using Frugal.Compression.Distillation;
using Frugal.Layers;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression.Distillation;

public class EntropicStudentTests
{
    private static readonly ModelConfig convnet = new ConvNetConfig { Channels = [8, 12] };

    private static Train Short(int updates, params TrainingMethod[] more) => new() { Updates = updates, BatchSize = 16, Optimizer = new Adam { Lr = 0.003 }, Methods = more };

    private static EntropicStudent Step(double beta = 0.05, int updates = 4, TrainingMethod[]? first = null, TrainingMethod[]? second = null) => new()
    {
        Until = "stages.pool1",
        Encoder = [new(6, 3, 2, 1), new(3, 1, 1, 0)],
        Decoder = [new(8, 3, 1, 1), new(8, 3, 1, 1)],
        Beta = beta,
        First = Short(updates, first ?? []),
        Second = Short(updates, second ?? []),
    };

    private static Subject Trained(string? folder = null, CancellationTokenSource? cancel = null)
    {
        var subject = TinySubject.Of(convnet, folder: folder, cancel: cancel);
        new Train { Updates = 60, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 } }.Apply(subject);
        return subject;
    }

    private static EntropicBottleneck LayerOf(Model model) => model.modules().OfType<EntropicBottleneck>().Single();

    private static Tensor Image(Subject subject) => new Frugal.Data.Loader(subject.Data.Train, 1, subject.Random).Epoch(0).First().Inputs;

    [Fact]
    public void The_first_layers_give_way_and_the_student_answers_as_the_network_did()
    {
        using var subject = Trained();
        double before = Evaluation.Of(subject.Model, subject.Data.Test).Accuracy;
        Step(updates: 150).Apply(subject);
        Assert.IsType<EntropicBottleneck>(Frugal.Layers.Surgery.ModuleSurgery.Find(subject.Model, "stages.conv1"));
        Assert.True(before > 0.9 && Evaluation.Of(subject.Model, subject.Data.Test).Accuracy > 0.85);
    }

    [Fact]
    public void Weight_on_the_rate_takes_bits_off()
    {
        double Bits(double beta)
        {
            using var subject = Trained();
            Step(beta, updates: 120).Apply(subject);
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            subject.Model.eval();
            var layer = LayerOf(subject.Model);
            return layer.Bottleneck.Bits(layer.Bottleneck.call(layer.Encode(Image(subject)))).item<float>();
        }

        Assert.True(Bits(3) < Bits(0));
    }

    [Fact]
    public void Device_and_server_together_answer_as_the_whole_model_also_after_it_was_saved()
    {
        using var folder = new TemporaryFolder();
        using var subject = Trained();
        Step().Apply(subject);
        ModelFolder.Save(subject.Model, folder.Path);
        using var server = ModelFolder.Load(folder.Path);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        server.eval();
        subject.Model.eval();
        var image = Image(subject);
        byte[] bytes = LayerOf(subject.Model).Compress(image);
        Assert.True(LayerOf(server).Answer(server, bytes, image.shape).equal(subject.Model.call(image)).all().item<bool>());
        Assert.Equal(bytes, LayerOf(server).Compress(image));
        Assert.Throws<FrugalException>(() => LayerOf(server).Answer(server, bytes.AsSpan(0, bytes.Length - 4), image.shape));
        Assert.True(server.call(image).equal(subject.Model.call(image)).all().item<bool>()); // a refusal leaves nothing behind
    }

    [Fact]
    public void The_second_stage_leaves_encoder_and_distributions_to_the_bit_so_that_old_bytes_stay_readable()
    {
        Dictionary<string, byte[]>? before = null;
        static Dictionary<string, byte[]> Kept(Model model) => model.state_dict()
            .Where(weight => weight.Key.Contains("encoder.", StringComparison.Ordinal) || weight.Key.Contains("entropy_bottleneck", StringComparison.Ordinal))
            .ToDictionary(weight => weight.Key, weight => weight.Value.detach().contiguous().bytes.ToArray());
        using var subject = Trained();
        Step(second: [new Hooks { Start = fit => before = Kept(fit.Subject.Model) }]).Apply(subject);
        var after = Kept(subject.Model);
        Assert.Equal(before!.Keys, after.Keys);
        Assert.All(after, weight => Assert.Equal(before[weight.Key], weight.Value));
    }

    [Fact]
    public void The_first_stage_leaves_the_rest_of_the_network_to_the_bit()
    {
        byte[] Rest(Model model) => [.. model.state_dict().Where(weight => weight.Key.StartsWith("stages.conv2", StringComparison.Ordinal)
            || weight.Key.StartsWith("stages.bn2", StringComparison.Ordinal) || weight.Key.StartsWith("fc", StringComparison.Ordinal)).SelectMany(weight => weight.Value.detach().contiguous().bytes.ToArray())];
        using var subject = Trained();
        byte[] before = Rest(subject.Model);
        byte[]? between = null;
        Step(second: [new Hooks { Start = fit => between = Rest(fit.Subject.Model) }]).Apply(subject);
        Assert.Equal(before, between);
        Assert.NotEqual(before, Rest(subject.Model));
        Assert.All(subject.Model.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Goes_on_exactly_from_either_stage(bool inSecond)
    {
        using TemporaryFolder straight = new(), stopped = new();
        Subject Begin(string folder, CancellationTokenSource? cancel = null) => TinySubject.Of(convnet, folder: folder, cancel: cancel);
        using (var cancel = new CancellationTokenSource())
        using (var subject = Begin(stopped.Path, cancel))
        {
            TrainingMethod[] stop = [new Hooks { AfterUpdate = fit => { if (fit.Update == 2) cancel.Cancel(); } }];
            Assert.Throws<OperationCanceledException>(() => Step(first: inSecond ? [new Hooks()] : stop, second: inSecond ? stop : [new Hooks()]).Apply(subject));
        }
        using Subject whole = Begin(straight.Path), resumed = Begin(stopped.Path);
        TrainingMethod[] none = [new Hooks()];
        Assert.Equal(TinySubject.Bytes(Step(first: none, second: none).Apply(whole)), TinySubject.Bytes(Step(first: none, second: none).Apply(resumed)));
    }

    [Fact]
    public void What_cannot_be_is_refused_and_the_model_is_as_it_was()
    {
        using var subject = Trained();
        byte[] before = TinySubject.Bytes(subject);
        var model = subject.Model;
        string Refusal(EntropicStudent step) => Assert.Throws<FrugalException>(() => step.Apply(subject)).Message;
        Assert.Contains("has no module 'layer1'", Refusal(new EntropicStudent()), StringComparison.Ordinal);
        Assert.Contains("choose strides and paddings", Refusal(new EntropicStudent { Until = "stages.pool1", Encoder = [new(3, 3, 1, 1)], Decoder = [new(8, 3, 1, 1)] }), StringComparison.Ordinal);
        Assert.Contains("gives out [1, 4]", Refusal(new EntropicStudent { Until = "fc" }), StringComparison.Ordinal);
        Assert.Equal("stop here", Refusal(Step(second: [new Hooks { Start = _ => throw new FrugalException("stop here") }])));
        Assert.Same(model, subject.Model);
        Assert.Equal(before, TinySubject.Bytes(subject));
        Assert.Contains("has 0", Assert.Throws<FrugalException>(() => new MeasureSplit().Apply(subject)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_is_measured_with_its_way()
    {
        using var subject = Trained();
        Step().Apply(subject);
        new MeasureSplit { Bandwidth = 1000, Images = 8 }.Apply(subject);
        double Of(string name) => subject.Metrics[name]!.Value;
        Assert.Equal(Of("encoded-bytes") * 8 / 1000 * 1e6, Of("transfer-latency"), 1e-6);
        Assert.Equal(Of("device-latency") + Of("transfer-latency") + Of("server-latency"), Of("split-latency"), 1e-6);
    }

    [Fact]
    public void Compressed_images_cost_accuracy_as_the_step_grows()
    {
        using var subject = Trained();
        new CompressInput { QuantizerStep = 1e-3 }.Apply(subject);
        double fine = Evaluation.Of(subject.Model, subject.Data.Test).Accuracy;
        using var coarse = Trained();
        new CompressInput { QuantizerStep = 1000 }.Apply(coarse);
        Assert.True(fine > 0.9 && Evaluation.Of(coarse.Model, coarse.Data.Test).Accuracy < 0.5);
    }

    [Fact]
    public void Frozen_weights_and_statistics_stay_though_validation_comes_between()
    {
        using var subject = TinySubject.Of(convnet);
        byte[] Front() => [.. subject.Model.state_dict().Where(weight => weight.Key.StartsWith("stages.", StringComparison.Ordinal)).SelectMany(weight => weight.Value.detach().contiguous().bytes.ToArray())];
        byte[] before = Front();
        Short(12, new Freeze { Include = ["stages.*"] }).Apply(subject);
        Assert.Equal(before, Front());
        Assert.Contains("nothing", Assert.Throws<FrugalException>(() => Short(1, new Freeze { Include = ["*"] }).Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("'nowhere'", Assert.Throws<FrugalException>(() => Short(1, new Freeze { Include = ["nowhere"] }).Apply(subject)).Message, StringComparison.Ordinal);
    }
}
