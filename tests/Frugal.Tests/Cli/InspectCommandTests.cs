using System.Text.Json;

namespace Frugal.Tests.Cli;

public class InspectCommandTests
{
    private const string Mlp = "mlp: { hidden-sizes: [4], num-classes: 2, in-channels: 1 }";

    [Fact]
    public void Shows_layers_and_totals() => Approved.Verify("inspect mlp", CliRun.OfWidth(100, "inspect", Mlp, "--image-size", "3").Output);

    [Fact]
    public void Prints_the_same_for_a_program()
    {
        var run = CliRun.Of("inspect", Mlp, "--image-size", "3", "--json");
        Assert.Equal(0, run.ExitCode);
        var cost = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((4 * 9) + (2 * 4), cost.GetProperty("macs").GetInt64());
        Assert.Equal((4 * 9) + 4 + (2 * 4) + 2, cost.GetProperty("parameters").GetInt64());
        Assert.Equal(cost.GetProperty("macs").GetInt64(), cost.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("macs").GetInt64()));
    }

    [Fact]
    public void Counts_a_preset_at_its_published_size() => Assert.Contains("269,722", CliRun.Of("inspect", "resnet20").Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("reznet50", "did you mean `resnet50`?")]
    [InlineData("mlp: { hiddensizes: [4] }", "hidden-sizes")]
    public void Says_what_is_wrong_with_the_model(string model, string expected)
    {
        var run = CliRun.Of("inspect", model);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(expected, run.Errors.Replace("\n       ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Says_what_is_wrong_with_the_size()
    {
        var run = CliRun.Of("inspect", "mlp", "--image-size", "large");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--image-size: 'large'", run.Errors, StringComparison.Ordinal);
    }
}
