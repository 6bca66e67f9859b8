using Frugal.Models;
using Frugal.Tests.Interop;
using Frugal.Tests.Training;
using Microsoft.ML.OnnxRuntime;

namespace Frugal.Tests.Cli;

public class ExportCommandTests
{
    [Fact]
    public void Writes_a_saved_model_and_says_how_close_it_is()
    {
        using var folder = new TemporaryFolder();
        using (var subject = TinySubject.Of(TinySubject.ConvNet))
            ModelFolder.Save(subject.Model, folder.File("saved"));
        var run = CliRun.Of("export", folder.File("saved"), "--onnx", folder.File("m.onnx"));
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"differ by at most \S+, \S+ of the largest output \(batches of 1 and 5\)", run.Output);
        using var session = new InferenceSession(folder.File("m.onnx"));
        Assert.Equal(["input"], session.InputNames);
    }

    [Fact]
    public void A_saved_model_can_be_inspected_too()
    {
        using var folder = new TemporaryFolder();
        using (var subject = TinySubject.Of())
            ModelFolder.Save(subject.Model, folder.File("saved"));
        var run = CliRun.Of("inspect", folder.File("saved"));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("layers.fc1", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public void Refuses_a_tolerance_that_nothing_can_meet(string tolerance)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(2, CliRun.Of("export", "mlp", "--onnx", folder.File("m.onnx"), "--tolerance", tolerance).ExitCode);
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void Needs_a_place_to_write_to() => Assert.Equal(2, CliRun.Of("export", "mlp").ExitCode);
}
