using System.Runtime.InteropServices;
using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Recipes.Steps;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Wide.Tests.Catalogue;

/// <summary>What every model must give to those who ship it once it has learned, and what every step must leave so: a folder that reads back, a file that ONNX Runtime computes the same from, and layers that can be packed.</summary>
public class DeliveryWideTests(ShippedModels models) : IClassFixture<ShippedModels>
{
    public static IEnumerable<TheoryDataRow<string>> Models => TinyRuns.Trained.Where(entry => entry.Kind.Type == typeof(ModelConfig)).Select(entry => new TheoryDataRow<string>(entry.ToString()));

    public static IEnumerable<TheoryDataRow<string>> Steps => TinyRuns.Steps.Select(entry => new TheoryDataRow<string>(entry.ToString()));

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_learns(string name)
    {
        double? right = models.Trained(TinyRuns.Checked(name, "training")).Curve[^1].TrainingAccuracy;
        Assert.True(right > 0.85, $"four classes, {right} of the examples right");
    }

    [Theory]
    [MemberData(nameof(Models))]
    [Trait("Reliability", "T37")]
    public void A_model_exports(string name) => AssertExports(models.Trained(TinyRuns.Checked(name, "onnx")));

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_computes_the_same_after_it_was_saved_and_read(string name) => AssertReadsBackEqual(models.Trained(TinyRuns.Checked(name, "save")));

    [Theory]
    [MemberData(nameof(Steps))]
    [Trait("Reliability", "T37")]
    public void A_step_leaves_a_model_that_exports(string name) => AssertExports(models.After(TinyRuns.Checked(name, "onnx")));

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_leaves_a_model_that_computes_the_same_after_it_was_saved_and_read(string name) => AssertReadsBackEqual(models.After(TinyRuns.Checked(name, "save")));

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_whose_linear_layers_are_all_packed_computes_the_same(string name)
    {
        var subject = models.Trained(TinyRuns.Checked(name, "pack"));
        using var model = ModelCopy.Of(subject.Model);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var inputs = new Loader(subject.Data.Train, 16, subject.Random).Epoch(0).First().Inputs;
        model.eval();
        var dense = model.call(inputs);
        ModuleSurgery.ReplaceAll(model, [.. LayerSelection.All.Of<Linear>(model).Select(layer => (layer.Path, (nn.Module)Packed(layer.Layer)))]);
        Assert.True(model.call(inputs).allclose(dense, rtol: 1e-4, atol: 1e-5));
    }

    private static PackedLinearLayer Packed(Linear linear)
    {
        var values = MemoryMarshal.Cast<byte, float>(linear.weight!.detach().contiguous().bytes);
        var packed = PackedLinearLayer.Of(PackedSparse.Pack(values, (int)linear.out_features, (int)linear.in_features), linear.bias);
        packed.eval();
        return packed;
    }

    private static void AssertReadsBackEqual(Subject subject)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        ModelFolder.Save(subject.Model, folder.Path, subject.Data.Info);
        using var again = ModelFolder.Load(folder.Path);
        again.eval();
        subject.Model.eval();
        var inputs = new Loader(subject.Data.Train, 16, subject.Random).Epoch(0).First().Inputs;
        Assert.True(subject.Model.call(inputs).equal(again.call(inputs)).all().item<bool>());
        Assert.Equal(subject.Model.state_dict().Keys, again.state_dict().Keys);
    }

    // The step compares the file with the model under ONNX Runtime and leaves none that differs.
    private static void AssertExports(Subject subject)
    {
        using var folder = new TemporaryFolder();
        new ExportOnnx { Path = subject.Folder is null ? folder.File("model.onnx") : "model.onnx" }.Apply(subject);
        using var session = new InferenceSession(Path.Combine(subject.Folder ?? folder.Path, "model.onnx"));
        Assert.Single(session.InputNames);
    }
}
