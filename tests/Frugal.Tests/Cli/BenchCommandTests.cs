using System.Text.Json;

namespace Frugal.Tests.Cli;

public class BenchCommandTests
{
    private const string Mlp = "mlp: { hidden-sizes: [32, 32], num-classes: 4, in-channels: 1, image-size: 8 }";

    [Fact]
    public void Times_every_form_of_the_whole_and_of_each_layer()
    {
        var run = CliRun.Of("bench", Mlp, "--batch", "1,3", "--rounds", "3", "--json");
        Assert.Equal(0, run.ExitCode);
        var result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal([1, 3], result.GetProperty("batches").EnumerateArray().Select(batch => batch.GetProperty("batchSize").GetInt32()));
        foreach (var batch in result.GetProperty("batches").EnumerateArray())
        {
            Assert.Equal(3, batch.GetProperty("layers").GetArrayLength());
            foreach (var row in batch.GetProperty("layers").EnumerateArray().Append(batch.GetProperty("whole")))
            {
                var times = row.GetProperty("times").EnumerateArray().ToList();
                Assert.Equal(["libtorch", "onnx fp32", "onnx int8"], times.Select(time => time.GetProperty("form").GetString()));
                Assert.Equal(1, times[0].GetProperty("speedup").GetDouble());
                Assert.All(times, time => Assert.True(time.GetProperty("microseconds").GetDouble() > 0 && time.GetProperty("ceilingShare").GetDouble() > 0));
            }
        }
    }

    [Fact]
    public void Measures_layers_that_are_alike_once_and_says_what_is_left_unpacked()
    {
        var run = CliRun.OfWidth(120, "bench", "mlp: { hidden-sizes: [64, 64, 64], num-classes: 4, in-channels: 1, image-size: 8 }", "--batch", "1", "--rounds", "3");
        Assert.Contains("(3 alike)", run.Output, StringComparison.Ordinal);
        Assert.Contains("4 layers, layers.fc1 the first, left unpacked: only 0 % of its weights are zero", run.Output.Replace("\n", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void The_whole_alone_can_be_asked_for()
    {
        var batches = JsonDocument.Parse(CliRun.Of("bench", Mlp, "--whole", "--batch", "2", "--rounds", "3", "--json").Output).RootElement.GetProperty("batches");
        Assert.Equal(0, batches[0].GetProperty("layers").GetArrayLength());
    }

    [Theory]
    [InlineData("--batch", "1,many", "--batch must be whole numbers from 1 to 65536")]
    [InlineData("--batch", "0", "--batch must be whole numbers from 1 to 65536")]
    [InlineData("--rounds", "1", "--rounds must be between 3 and 10000, got 1")]
    [InlineData("--threads", "0", "--threads must be between 1 and 1024, got 0")]
    public void Says_what_is_wrong_with_an_option(string option, string value, string expected)
    {
        var run = CliRun.Of("bench", Mlp, option, value);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Errors.Replace("\n       ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
