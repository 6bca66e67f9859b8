using Frugal.Data;
using Frugal.Models;
using Frugal.Models.Vision;
using static TorchSharp.torch;

namespace Frugal.Tests.Cli;

public sealed class CompressCommandTests : IDisposable
{
    private const string Digits = "digits: { train: 200, validation: 100, test: 100 }";

    private readonly TemporaryFolder folder = new();

    private CliRun Compress(string model, params string[] more) =>
        CliRun.OfWidth(160, ["compress", model, "--data", Digits, "--out", Path.Combine(folder.Path, "out"), "--epochs", "1", "--batch-size", "50", .. more]);

    [Fact]
    public void A_network_of_the_catalogue_is_trained_made_smaller_and_written_and_the_second_time_nothing_is_run_again()
    {
        var first = Compress("mlp: { hidden-sizes: [64] }", "--to", "30%", "--train", "2", "--time", "5m");
        Assert.True(first.ExitCode == 0, first.Output + first.Errors);
        Assert.Contains("Kept", first.Output, StringComparison.Ordinal);
        Assert.Contains("within one standard error", first.Output, StringComparison.Ordinal);
        using var model = ModelFolder.Load(Path.Combine(folder.Path, "out", "compressed"));
        model.eval();
        using var scores = model.call(zeros(2, 1, 28, 28));
        Assert.Equal([2L, 10], scores.shape);
        Assert.True(new FileInfo(Path.Combine(folder.Path, "out", "compressed.onnx")).Length < 120_000);
        Assert.True(File.Exists(Path.Combine(folder.Path, "out", "report.html")));
        var again = Compress("mlp: { hidden-sizes: [64] }", "--to", "30%", "--train", "2", "--time", "5m");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("int8, seed 0: done before, reused", again.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("int8, seed 0: accuracy", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_folder_of_timm_is_taken_with_the_classes_of_the_data()
    {
        string timm = Path.Combine(folder.Path, "timm");
        using (var model = new ResNetConfig { Depths = [1, 1], Width = 16, NumClasses = 10, InChannels = 1, ImageSize = new(28, 28) }.Build())
            ModelFolder.Save(model, timm);
        var run = Compress(timm, "--to", "60%", "--by", "parameters", "--time", "5m");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("channels-low-rank", run.Output, StringComparison.Ordinal);
        Assert.Contains("of the parameters", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_time_only_the_original_is_measured_and_nothing_is_kept()
    {
        var run = Compress("mlp: { hidden-sizes: [16] }", "--train", "1", "--time", "0.001s");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("No stack was finished", run.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "out", "compressed")));
    }

    [Theory]
    [InlineData("--to", "25", "25% or 0.25")]
    [InlineData("--time", "fast", "90s, 15m or 2h")]
    [InlineData("--epochs", "0", "--epochs must be above 0")]
    [InlineData("--train", "-1", "--train must not be below 0")]
    public void A_word_that_is_wrong_is_refused_with_one_that_is_right(string option, string value, string said)
    {
        var run = CliRun.OfWidth(160, "compress", "mlp", "--data", Digits, "--out", folder.Path, option, value);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_without_validation_examples_is_refused_before_anything_is_trained()
    {
        var run = CliRun.OfWidth(160, "compress", "mlp", "--data", "digits: { train: 100, validation: 0, test: 50 }", "--out", folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("validation", run.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "runs")));
    }

    public void Dispose() => folder.Dispose();
}
