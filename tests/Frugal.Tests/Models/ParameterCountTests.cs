using System.Reflection;
using Frugal.Catalogue;
using Frugal.Models;
using Frugal.Models.Vision;

namespace Frugal.Tests.Models;

/// <summary>Published sizes of the presets, and the formulas behind the small models.</summary>
public class ParameterCountTests
{
    public static TheoryData<string, long> Published => new(
        from property in typeof(ModelConfig).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ModelConfig))).SelectMany(t => t.GetProperties(BindingFlags.Static | BindingFlags.Public))
        let preset = property.GetCustomAttribute<PresetAttribute>()
        where preset is { Parameters: > 0 }
        select (preset.Name, preset.Parameters));

    [Theory]
    [MemberData(nameof(Published))]
    public void A_preset_has_the_published_number_of_parameters(string preset, long parameters)
    {
        using var model = ModelCases.Preset(preset).Build();
        Assert.Equal(parameters, model.parameters().Sum(p => p.numel()));
    }

    [Theory]
    [InlineData("resnet20", 0.27e6)]
    [InlineData("resnet32", 0.46e6)]
    [InlineData("resnet56", 0.85e6)]
    [InlineData("resnet110", 1.7e6)]
    public void The_cifar_family_rounds_to_the_papers_table_6(string preset, double millions)
    {
        using var model = ModelCases.Preset(preset).Build();
        Assert.Equal(1.0, model.parameters().Sum(p => p.numel()) / millions, 0.02);
    }

    [Theory]
    [InlineData("vit-tiny")]
    [InlineData("vit-nano")]
    public void A_small_preset_runs_on_the_input_it_is_for(string preset)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var model = ModelCases.Preset(preset).Build();
        Assert.Equal([2, model.NumClasses], model.call(TorchSharp.torch.rand([2, .. model.InputShape])).shape);
        Assert.InRange(model.parameters().Sum(p => p.numel()), 200_000, 600_000);
    }

    [Fact]
    public void LeNet_300_100_has_266610()
    {
        using var model = new MlpConfig().Build();
        Assert.Equal(784 * 300 + 300 + 300 * 100 + 100 + 100 * 10 + 10, model.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void The_resnets_have_as_many_layers_as_their_names_say()
    {
        foreach (var (name, layers) in new[] { ("resnet20", 20), ("resnet110", 110), ("resnet18", 18), ("resnet34", 34), ("resnet50", 50) })
        {
            using var model = ModelCases.Preset(name).Build();
            int weighted = model.named_modules().Count(m =>
                m.module is TorchSharp.Modules.Conv2d or TorchSharp.Modules.Linear && !m.name.Contains("downsample", StringComparison.Ordinal));
            Assert.Equal(layers, weighted);
        }
    }
}
