using System.Runtime.InteropServices;
using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Recipes.Steps;
using Frugal.Tests.Interop;
using Frugal.Tests.Training;
using Frugal.Training;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Tests.Catalogue;

/// <summary>What every model must give to those who ship it, and what every step must leave so: a file that ONNX Runtime computes the same from, and layers that can be packed.</summary>
public class DeliveryWideTests
{
    public static IEnumerable<TheoryDataRow<string>> Models => TinyRuns.Trained.Where(entry => entry.Kind.Type == typeof(ModelConfig)).Select(entry => new TheoryDataRow<string>(entry.ToString()));

    public static IEnumerable<TheoryDataRow<string>> Steps => TinyRuns.Steps.Select(entry => new TheoryDataRow<string>(entry.ToString()));

    [Theory]
    [MemberData(nameof(Models))]
    [Trait("Reliability", "T37")]
    public void A_model_exports(string name)
    {
        using var subject = TinyRuns.Subject(TinyRuns.Checked(name, "onnx"));
        // Enough for the outputs of a network whose last layer starts near zero to have a size to compare with.
        new Train { Updates = 20, BatchSize = 16, Optimizer = new Frugal.Training.Optimizers.Adam { Lr = 0.01 } }.Apply(subject);
        AssertExports(subject);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    [Trait("Reliability", "T37")]
    public void A_step_leaves_a_model_that_exports(string name)
    {
        var entry = TinyRuns.Checked(name, "onnx");
        using var folder = new TemporaryFolder();
        using var after = TinyRuns.AfterStep(entry, folder.Path);
        AssertExports(after);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_whose_linear_layers_are_all_packed_computes_the_same(string name)
    {
        using var subject = TinyRuns.Subject(TinyRuns.Checked(name, "pack"));
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var inputs = new Loader(subject.Data.Train, 16, subject.Random).Epoch(0).First().Inputs;
        subject.Model.eval();
        var dense = subject.Model.call(inputs);
        ModuleSurgery.ReplaceAll(subject.Model, [.. LayerSelection.All.Of<Linear>(subject.Model).Select(layer => (layer.Path, (nn.Module)Packed(layer.Layer)))]);
        Assert.True(subject.Model.call(inputs).allclose(dense, rtol: 1e-4, atol: 1e-5));
    }

    private static PackedLinearLayer Packed(Linear linear)
    {
        var values = MemoryMarshal.Cast<byte, float>(linear.weight!.detach().contiguous().bytes);
        var packed = PackedLinearLayer.Of(PackedSparse.Pack(values, (int)linear.out_features, (int)linear.in_features), linear.bias);
        packed.eval();
        return packed;
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
