using Frugal.Graphs;
using Frugal.Graphs.Onnx;
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
    [Trait("Reliability", "T20")]
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

    [Theory]
    [Trait("Reliability", "T20")]
    [InlineData(0, "m.onnx")]
    [InlineData(-1, "m.onnx", "m.onnx.data")]
    public void Switches_at_the_limit_itself(long aboveWeights, params string[] files)
    {
        const long weights = 4 * ((4 * 300) + 300 + (300 * 3) + 3);
        using var folder = new TemporaryFolder();
        Export(folder.File("m.onnx"), new OnnxExportOptions { LargestFile = weights + aboveWeights });
        Assert.Equal(files, folder.Names());
    }

    [Fact]
    [Trait("Reliability", "T20")]
    public void Computes_the_same_from_the_place_that_it_was_moved_to()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = Sequential(("first", Linear(4, 300)), ("second", Linear(300, 3)));
        Graph.Capture(model, randn(2, 4)).ExportOnnx(folder.File("m.onnx"), new OnnxExportOptions { LargestFile = 1000 });
        var input = randn(3, 4);
        using var session = new InferenceSession(folder.File("m.onnx"));
        using var value = OrtTensors.Of(input);
        using var run = new RunOptions();
        using var results = session.Run(run, ["input"], [value], ["output"]);
        Assert.True(OrtTensors.Read(results[0]).allclose(model.call(input), rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    [Trait("Reliability", "T20")]
    public void Gives_one_name_to_one_thing_where_weights_are_called_like_the_rest_of_the_file()
    {
        using var folder = new TemporaryFolder();
        using var model = new NamedLikeTheFile();
        using var example = randn(2, 4);
        var report = Graph.Capture(model, example).ExportOnnx(folder.File("m.onnx"), new OnnxExportOptions { LargestFile = 1000 });
        Assert.InRange(report.MaxRelative, 0, 1e-5);
        using var session = new InferenceSession(report.Path);
        Assert.Equal(["input_2"], session.InputNames);
        Assert.Equal(["output_2"], session.OutputNames);
    }

    [Fact]
    [Trait("Reliability", "T20")]
    public void Keeps_the_files_of_models_apart_whose_names_begin_alike()
    {
        using var folder = new TemporaryFolder();
        var options = new OnnxExportOptions { LargestFile = 1000 };
        Export(folder.File("m"), options);
        Export(folder.File("m.data.onnx"), options);
        Export(folder.File("m.onnx"), options);
        Assert.Equal(["m", "m.data", "m.data.onnx", "m.data.onnx.data", "m.onnx", "m.onnx.data"], folder.Names());
        foreach (var name in (string[])["m", "m.data.onnx", "m.onnx"])
        {
            using var session = new InferenceSession(folder.File(name));
            Assert.Equal(["output"], session.OutputNames);
        }
    }

    [Fact]
    [Trait("Reliability", "T20")]
    public void Leaves_the_previous_file_where_the_weights_have_no_place()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("m.onnx"), "before");
        Directory.CreateDirectory(folder.File("m.onnx.data"));
        var error = Assert.Throws<FrugalException>(() => Export(folder.File("m.onnx"), new OnnxExportOptions { LargestFile = 1000 }));
        Assert.Contains("m.onnx.data", error.Message, StringComparison.Ordinal);
        Assert.Equal("before", File.ReadAllText(folder.File("m.onnx")));
        Assert.Equal(["m.onnx", "m.onnx.data"], folder.Names());
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
        Assert.Matches(@"differ in output 0 for 1 example by \d.*e-\d.* tolerance of 1e-12", error.Message);
    }

    [Fact]
    [Trait("Reliability", "T20")]
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

    private sealed class NamedLikeTheFile : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Parameter input = Parameter(randn(300, 4)), output = Parameter(randn(3, 300)), constant = Parameter(randn(3)), batch = Parameter(randn(1));

        public NamedLikeTheFile() : base("named-like-the-file") => RegisterComponents();

        public override Tensor forward(Tensor x) =>
            functional.linear(functional.linear(x, input) * 1.5, output, constant).view(x.shape[0], 3) + batch;
    }
}
