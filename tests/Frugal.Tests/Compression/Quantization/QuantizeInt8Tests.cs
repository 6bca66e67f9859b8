using Frugal.Compression.Quantization;
using Frugal.Data;
using Frugal.Graphs;
using Frugal.Graphs.Onnx.Calibration;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Recipes.Steps;
using Frugal.Training;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression.Quantization;

public class QuantizeInt8Tests
{
    private static readonly DataSplits blobs = new(new Blobs(64), null, new Blobs(32, stream: 2), "blobs");

    /// <summary>A small network that can tell digits apart, trained once.</summary>
    private static readonly Lazy<(DataSplits Data, byte[] Weights, double Accuracy)> trained = new(() =>
    {
        using var subject = Run(new Digits { Train = 2000, Validation = 0, Test = 500 }.Load(null), DigitNet, new Train { Epochs = 6, BatchSize = 50, Optimizer = new Adam { Lr = 0.003 } });
        using var folder = new TemporaryFolder();
        ModelFolder.Save(subject.Model, folder.Path);
        return (subject.Data, File.ReadAllBytes(folder.File("model.safetensors")), subject.Metrics[Metric.Accuracy]!.Value);
    });

    private static ModelConfig DigitNet => new MlpConfig { HiddenSizes = [64] };

    private static Subject Run(DataSplits data, ModelConfig model, params Step[] steps) => Run(data, model, null, steps);

    private static Subject Run(DataSplits data, ModelConfig model, string? folder, params Step[] steps) =>
        new RecipeRun { Recipe = new Recipe { Data = new Digits(), Model = model, Steps = steps }, Data = data, Seed = 0, Folder = folder, EvaluatesEachStep = true }.Execute();

    private static Subject RunBlobs(string? folder, params Step[] steps) => Run(blobs, TinySubject.ConvNet, folder, [new Train { Updates = 4, BatchSize = 16 }, .. steps]);

    private static Tensor Logits(Model model, Dataset data)
    {
        using var mode = no_grad();
        model.eval();
        return model.call(new Loader(data, 16, new RandomStreams(0)).Epoch(0).First().Inputs);
    }

    [Theory]
    [InlineData(CalibrationMethod.MinMax)]
    [InlineData(CalibrationMethod.Percentile)]
    [InlineData(CalibrationMethod.Mse)]
    public void A_trained_classifier_loses_less_than_two_points_and_half_its_bytes_or_more(CalibrationMethod method)
    {
        var (data, weights, accuracy) = trained.Value;
        Assert.True(accuracy > 0.7, $"the network learned too little: {accuracy}");
        using TemporaryFolder folder = new();
        using (var model = DigitNet.FitTo(data.Info).Build())
            ModelFolder.Save(model, folder.Path);
        File.WriteAllBytes(folder.File("model.safetensors"), weights);
        using var subject = Run(data, new SavedModelConfig { Path = folder.Path }, new NoOp(), new QuantizeInt8 { Calibration = 100, Method = method });
        var (dense, quantized) = (subject.History[0], subject.History[1]);
        Assert.Equal(accuracy, dense.Metrics[Metric.Accuracy]);
        Assert.True(quantized.Metrics[Metric.Accuracy] > accuracy - 0.02, $"{accuracy} → {quantized.Metrics[Metric.Accuracy]}");
        Assert.NotEqual(dense.Metrics[Metric.Loss], quantized.Metrics[Metric.Loss]);
        Assert.True(quantized.After.Bytes < 0.5 * dense.After.Bytes, $"{dense.After.Bytes} → {quantized.After.Bytes}");
        Assert.Equal((dense.After.Macs, dense.After.Parameters), (quantized.After.Macs, quantized.After.Parameters));
    }

    [Fact]
    public void A_trained_network_of_convolutions_and_norms_loses_at_most_one_example()
    {
        using var subject = Run(blobs, TinySubject.ConvNet, new Train { Updates = 60, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 } }, new QuantizeInt8());
        var (dense, quantized) = (subject.History[0], subject.History[1]);
        Assert.True(dense.Metrics[Metric.Accuracy] > 0.9, $"the network learned too little: {dense.Metrics[Metric.Accuracy]}");
        Assert.InRange(quantized.Metrics[Metric.Accuracy], dense.Metrics[Metric.Accuracy] - 1.01 / blobs.Test.Count, 1);
        // The scales of the batch norms have gone into the weights.
        Assert.Equal(dense.After.Parameters - 8 - 16, quantized.After.Parameters);
    }

    [Fact]
    public void Reads_back_from_its_folder_and_from_a_run_that_was_interrupted()
    {
        using TemporaryFolder run = new(), folder = new();
        using var scope = NewDisposeScope();
        using var subject = RunBlobs(run.Path, new QuantizeInt8(), new Evaluate());
        ModelFolder.Save(subject.Model, folder.Path, subject.Data.Info);
        using var loaded = ModelFolder.Load(folder.Path);
        using var resumed = RunBlobs(run.Path, new QuantizeInt8(), new Evaluate());
        var expected = Logits(subject.Model, subject.Data.Test);
        Assert.True(Logits(loaded, subject.Data.Test).equal(expected).all().item<bool>());
        Assert.True(Logits(resumed.Model, subject.Data.Test).equal(expected).all().item<bool>());
        Assert.Equal(subject.Metrics[Metric.Accuracy], resumed.Metrics[Metric.Accuracy]);
    }

    [Fact]
    public void The_same_seed_gives_the_same_file()
    {
        static byte[] File(long seed)
        {
            using var subject = TinySubject.Of(TinySubject.ConvNet, examples: 200, seed: seed);
            return TinySubject.Bytes(new QuantizeInt8 { Calibration = 16 }.Apply(subject));
        }

        var first = File(1);
        Assert.True(first.AsSpan().SequenceEqual(File(1)));
        Assert.False(first.AsSpan().SequenceEqual(File(2)), "other examples gave the same ranges");
    }

    [Fact]
    public void Never_looks_at_the_test_examples()
    {
        using var subject = TinySubject.Of(TinySubject.ConvNet);
        using var locked = subject.Data.LockTest();
        new QuantizeInt8().Apply(subject);
    }

    [Fact]
    public void Leaves_out_what_is_excluded_and_says_what_it_did()
    {
        var notes = new Notes();
        using var subject = TinySubject.Of(TinySubject.ConvNet, observer: notes);
        string head = subject.Model.ClassifierPath;
        var all = subject.Model.named_modules().Count(child => child.module is TorchSharp.Modules.Convolution or TorchSharp.Modules.Linear);
        new QuantizeInt8 { Exclude = [head] }.Apply(subject);
        Assert.Contains($"{all - 1} layers compute with 8-bit integers", Assert.Single(notes.Texts), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_pattern_that_matches_no_layer_and_leaves_the_model_as_it_was()
    {
        using var subject = TinySubject.Of(TinySubject.ConvNet);
        var model = subject.Model;
        var error = Assert.Throws<FrugalException>(() => new QuantizeInt8 { Exclude = ["heed"] }.Apply(subject));
        Assert.Contains("'heed' matches no layer that can be quantised", error.Message, StringComparison.Ordinal);
        Assert.Contains(model.ClassifierPath, error.Message, StringComparison.Ordinal);
        Assert.Same(model, subject.Model);
        using var scope = NewDisposeScope();
        Assert.Equal(16, Logits(subject.Model, subject.Data.Train).shape[0]);
    }

    [Fact]
    public void Refuses_to_leave_out_everything()
    {
        using var subject = TinySubject.Of(TinySubject.ConvNet);
        Assert.Contains("No layer is left", Assert.Throws<GraphException>(() => new QuantizeInt8 { Exclude = ["*"] }.Apply(subject)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Refuses_to_calibrate_without_examples(int count) => Assert.Throws<ArgumentOutOfRangeException>(() => new QuantizeInt8 { Calibration = count });

    [Fact]
    public void A_step_that_needs_weights_is_refused_afterwards_by_name()
    {
        var error = Assert.Throws<FrugalException>(() => RunBlobs(null, new QuantizeInt8(), new Train { Updates = 1 }));
        Assert.Contains("train needs the model's weights, but `quantize-int8` made it ready for ONNX Runtime", error.Message, StringComparison.Ordinal);
        Assert.Throws<FrugalException>(() => RunBlobs(null, new QuantizeInt8(), new QuantizeInt8()));
    }

    [Fact]
    public void Training_it_outside_a_recipe_is_refused_too()
    {
        using var subject = TinySubject.Of(TinySubject.ConvNet);
        new QuantizeInt8().Apply(subject);
        Assert.ThrowsAny<FrugalException>(() => new Train { Updates = 1, BatchSize = 16 }.Apply(subject));
        subject.Model.train();
        using var scope = NewDisposeScope();
        Assert.Contains("cannot be trained", Assert.Throws<FrugalException>(() => subject.Model.call(zeros(1, 1, 6, 6))).Message, StringComparison.Ordinal);
    }
}
