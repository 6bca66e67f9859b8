using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Tests.Interop;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Graphs.Onnx;

/// <summary>What lies on the disk after an export, and after one that failed (T8, T9, T20).</summary>
public class ExportedFileTests
{
    private static OnnxExport Export(string path, OnnxExportOptions? options = null, bool fails = false)
    {
        using var model = Sequential(("first", Linear(4, 300)), ("act", fails ? new OneIsDifferent() : ReLU()), ("second", Linear(300, 3)));
        using var example = randn(2, 4);
        return Graph.Capture(model, example).ExportOnnx(path, options);
    }

    [Fact]
    public void Names_inputs_outputs_and_batch()
    {
        using var folder = new TemporaryFolder();
        var report = Export(folder.File("m.onnx"), new OnnxExportOptions { Metadata = new Dictionary<string, string> { ["classes"] = "cat,dog,cow" } });
        Assert.Equal(["m.onnx"], folder.Names());
        Assert.Equal(new FileInfo(report.Path).Length, report.Bytes);
        using var session = new InferenceSession(report.Path);
        Assert.Equal(["batch", ""], session.InputMetadata["input"].SymbolicDimensions);
        Assert.Equal([-1, 3], session.OutputMetadata["output"].Dimensions);
        Assert.Equal("cat,dog,cow", session.ModelMetadata.CustomMetadataMap["classes"]);
        Assert.Equal("Frugal", session.ModelMetadata.ProducerName);
    }

    [Fact]
    public void Keeps_the_names_and_the_form_of_weights()
    {
        using var folder = new TemporaryFolder();
        var bytes = File.ReadAllBytes(Export(folder.File("m.onnx")).Path);
        foreach (var name in (string[])["first.weight", "first.bias", "second.weight", "second.bias", "Gemm"])
            Assert.True(bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(name)) > 0, name);
        Assert.True(bytes.AsSpan().IndexOf("Transpose"u8) < 0, "the weight is turned by Gemm itself");
    }

    [Fact]
    public void Puts_large_weights_beside_the_model_above_the_limit()
    {
        using var folder = new TemporaryFolder();
        var report = Export(folder.File("m.onnx"), new OnnxExportOptions { LargestFile = 1000 });
        Assert.Equal(["m.onnx", "m.onnx.data"], folder.Names());
        Assert.Equal(folder.File("m.onnx.data"), report.DataPath);
        Assert.InRange(new FileInfo(report.DataPath!).Length, 4 * 4 * 300, (4 * ((4 * 300) + 300 + (3 * 300))) + 128);
        using var session = new InferenceSession(report.Path);
        Assert.Equal(["output"], session.OutputNames);
    }

    [Fact]
    public void Leaves_nothing_when_the_results_differ()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<GraphException>(() => Export(folder.File("m.onnx"), fails: true));
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void Leaves_the_previous_file_when_the_results_differ()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("m.onnx"), "before");
        Assert.Throws<GraphException>(() => Export(folder.File("m.onnx"), fails: true));
        Assert.Equal("before", File.ReadAllText(folder.File("m.onnx")));
        Assert.Equal(["m.onnx"], folder.Names());
    }

    [Fact]
    public void Says_that_the_tolerance_is_exceeded_and_by_how_much()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<GraphException>(() => Export(folder.File("m.onnx"), new OnnxExportOptions { Tolerance = 1e-12, AbsoluteTolerance = 0 }));
        Assert.Matches(@"differ in output 0 for a batch of 1 by \d.*e-\d.* tolerance of 1e-12", error.Message);
    }

    [Fact]
    public void Replaces_links_without_following_them()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("precious"), "keep");
        File.CreateSymbolicLink(folder.File("m.onnx"), folder.File("precious"));
        File.CreateSymbolicLink(folder.File("m.onnx.data"), folder.File("precious"));
        Export(folder.File("m.onnx"), new OnnxExportOptions { LargestFile = 1000 });
        Assert.Equal("keep", File.ReadAllText(folder.File("precious")));
        Assert.Null(new FileInfo(folder.File("m.onnx")).LinkTarget);
        Assert.Null(new FileInfo(folder.File("m.onnx.data")).LinkTarget);
    }

    [Theory]
    [InlineData("nowhere/m.onnx", "nowhere")]
    [InlineData("taken.onnx", "taken.onnx")]
    public void Names_the_place_that_cannot_be_written(string name, string expected)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("taken.onnx"));
        var error = Assert.Throws<FrugalException>(() => Export(folder.File(name)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(["taken.onnx"], folder.Names());
    }

    private sealed class OneIsDifferent() : Module<Tensor, Tensor>("one-is-different")
    {
        public override Tensor forward(Tensor input) => input.shape[0] == 1 ? input * 2 : input * 3;
    }
}
