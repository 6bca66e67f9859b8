using Frugal.Graphs;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Recipes;
using Frugal.Recipes.Steps;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Frugal.Tests.Models.Runtime;

/// <summary>A model after the step <c>onnx-runtime</c>.</summary>
public class RuntimeModelTests
{
    private static Subject Converted()
    {
        var subject = TinySubject.Of(TinySubject.ConvNet);
        subject.Model.eval();
        return new RuntimeConversion().Apply(subject);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Computes_what_the_model_computed(long batch)
    {
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(TinySubject.ConvNet);
        subject.Model.eval();
        var images = randn(batch, 1, 6, 6);
        var expected = subject.Model.call(images).detach();
        new RuntimeConversion().Apply(subject);
        Assert.IsType<RuntimeModel>(subject.Model);
        Assert.True(subject.Model.call(images).allclose(expected, rtol: 1e-4, atol: 1e-5));
        Assert.True(subject.Model.call(images.transpose(2, 3)).isfinite().all().item<bool>(), "an image that is not laid out in rows");
    }

    [Fact]
    public void Is_as_large_as_its_file_and_costs_what_the_model_cost()
    {
        using var subject = TinySubject.Of(TinySubject.ConvNet);
        var before = ModelMeasure.Of(subject.Model, subject.Data.Info);
        new RuntimeConversion().Apply(subject);
        var after = ModelMeasure.Of(subject.Model, subject.Data.Info);
        Assert.Equal((before.Parameters, before.NonZeroParameters, before.Macs, before.NonZeroMacs), (after.Parameters, after.NonZeroParameters, after.Macs, after.NonZeroMacs));
        Assert.InRange(after.Bytes, before.Bytes, before.Bytes + 10_000);
    }

    [Fact]
    public void Is_written_as_the_file_it_is()
    {
        using TemporaryFolder folder = new();
        using var subject = TinySubject.Of(TinySubject.ConvNet, folder: folder.Path);
        new RuntimeConversion().Apply(subject);
        new ExportOnnx().Apply(subject);
        using var session = new InferenceSession(folder.File("model.onnx"));
        Assert.Contains(subject.Data.Info.ClassNames[0], session.ModelMetadata.CustomMetadataMap["class_names"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_whose_file_is_not_a_model_is_refused_when_it_runs()
    {
        using var scope = NewDisposeScope();
        using var model = new RuntimeModelConfig { Bytes = 100, InputShape = [1, 6, 6], OutputShape = [4], NumClasses = 4 }.Build();
        model.eval();
        Assert.Contains("is damaged, or no ONNX file", Assert.Throws<GraphException>(() => model.call(zeros(1, 1, 6, 6))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_that_asks_for_more_than_the_file_holds_is_refused()
    {
        using TemporaryFolder folder = new();
        using (var subject = Converted())
            ModelFolder.Save(subject.Model, folder.Path);
        string config = File.ReadAllText(folder.File("config.json"));
        File.WriteAllText(folder.File("config.json"), System.Text.RegularExpressions.Regex.Replace(config, "\"bytes\": \\d+", "\"bytes\": 2000000000"));
        Assert.Contains("one of the two is wrong", Assert.Throws<FrugalException>(() => ModelFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_images_of_another_size()
    {
        using var scope = NewDisposeScope();
        using var subject = Converted();
        Assert.Contains("[batch, 1, 6, 6]", Assert.Throws<FrugalException>(() => subject.Model.call(zeros(1, 1, 8, 8))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Has_no_features_to_give()
    {
        using var scope = NewDisposeScope();
        using var subject = Converted();
        Assert.Throws<FrugalException>(() => subject.Model.ForwardFeatures(zeros(1, 1, 6, 6)));
    }

    [Fact]
    public void Is_timed_like_any_other()
    {
        using var subject = Converted();
        new Benchmark { BatchSizes = [1] }.Apply(subject);
        Assert.True(subject.Metrics["latency-1"] > 0);
    }
}
