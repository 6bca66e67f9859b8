using Frugal.Catalogue;
using Frugal.Models;

namespace Frugal.Tests.Cli;

public class ModelsCommandTests
{
    [Fact]
    public void Lists_every_model_and_preset_with_its_published_size()
    {
        var run = CliRun.Of("models");
        Assert.Equal(0, run.ExitCode);
        foreach (var entry in CatalogueIndex.Default.Of(typeof(ModelConfig)))
        {
            Assert.Contains($" {entry.Name} ", run.Output, StringComparison.Ordinal);
            Assert.All(entry.Presets, preset => Assert.Contains($" {preset.Name} ", run.Output, StringComparison.Ordinal));
        }
        string resnet50 = run.Output.Split('\n').Single(line => line.Contains(" resnet50 ", StringComparison.Ordinal));
        Assert.Contains("25,557,032", resnet50, StringComparison.Ordinal);
        Assert.Contains("3 x 224 x 224", resnet50, StringComparison.Ordinal);
        Assert.Contains("He et al. 2015", resnet50, StringComparison.Ordinal);
    }

    [Fact]
    public void Shows_options_and_layers_of_a_preset()
    {
        var run = CliRun.Of("models", "resnet20");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("\n  drop-path-rate", run.Output, StringComparison.Ordinal);
        Assert.Contains("layer3.2.conv2", run.Output, StringComparison.Ordinal);
        Assert.Contains("269,722", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Suggests_the_nearest_name()
    {
        var run = CliRun.Of("models", "resnett50");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("did you mean `resnet50`?", run.Output + run.Errors, StringComparison.Ordinal);
    }
}
