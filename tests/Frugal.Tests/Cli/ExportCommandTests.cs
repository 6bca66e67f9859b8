using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes.Steps;
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
    public void Writes_integers_calibrated_on_examples_and_says_what_they_cost()
    {
        using var folder = new TemporaryFolder();
        using (var model = new ConvNetConfig { Channels = [8, 16], InChannels = 1, ImageSize = 28, NumClasses = 10 }.Build())
            ModelFolder.Save(model, folder.File("saved"));
        var run = CliRun.OfWidth(300, "export", folder.File("saved"), "--onnx", folder.File("m.onnx"), "--int8", "--calibrate", "digits: { train: 40, validation: 0, test: 1 }", "--examples", "20");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"layers compute with 8-bit integers", run.Output);
        using var session = new InferenceSession(folder.File("m.onnx"));
        Assert.Equal(["input"], session.InputNames);
    }

    [Fact]
    public void A_model_that_was_made_ready_for_the_runtime_is_written_as_it_is()
    {
        using var folder = new TemporaryFolder();
        using (var subject = TinySubject.Of(TinySubject.ConvNet))
            ModelFolder.Save(new RuntimeConversion().Apply(subject).Model, folder.File("saved"));
        Assert.Equal(0, CliRun.Of("export", folder.File("saved"), "--onnx", folder.File("m.onnx")).ExitCode);
        using var session = new InferenceSession(folder.File("m.onnx"));
        var again = CliRun.OfWidth(300, "export", folder.File("saved"), "--onnx", folder.File("i.onnx"), "--int8", "--calibrate", "digits");
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("no weights left to quantise", again.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name their data with --calibrate", "--int8")]
    [InlineData("is for --int8", "--calibrate", "digits")]
    [InlineData("at least 1", "--int8", "--calibrate", "digits", "--examples", "0")]
    [InlineData("the model takes inputs of [1, 32, 32]", "--image-size", "32", "--int8", "--calibrate", "digits: { train: 4, validation: 0, test: 1 }")]
    public void Refuses_integers_that_cannot_be_calibrated(string told, params string[] options)
    {
        using var folder = new TemporaryFolder();
        string[] words = ["export", "mlp: { hidden-sizes: [4] }", "--onnx", folder.File("m.onnx"), .. options];
        var run = CliRun.OfWidth(300, words);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(told, run.Errors, StringComparison.Ordinal);
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void Needs_a_place_to_write_to() => Assert.Equal(2, CliRun.Of("export", "mlp").ExitCode);
}
