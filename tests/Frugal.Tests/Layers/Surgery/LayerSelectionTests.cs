using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using TorchSharp.Modules;

namespace Frugal.Tests.Layers.Surgery;

public class LayerSelectionTests
{
    private static readonly VisionTransformerConfig config = new() { EmbedDim = 12, Depth = 2, NumHeads = 3, NumClasses = 5, InChannels = 1, ImageSize = 8 };

    private static string[] Select(string[] include, string[] exclude)
    {
        using var model = config.Build();
        return [.. new LayerSelection(include, exclude).Of<Linear>(model).Select(layer => layer.Path)];
    }

    [Fact]
    public void All_takes_every_layer_of_the_type_in_order() =>
        Assert.Equal(
            ["blocks.0.attn.qkv", "blocks.0.attn.proj", "blocks.0.mlp.fc1", "blocks.0.mlp.fc2", "blocks.1.attn.qkv", "blocks.1.attn.proj", "blocks.1.mlp.fc1", "blocks.1.mlp.fc2", "head"],
            Select(["*"], []));

    [Fact]
    public void Patterns_cross_the_dots() => Assert.Equal(["blocks.0.mlp.fc1", "blocks.1.mlp.fc1"], Select(["*.fc1"], []));

    [Fact]
    public void A_question_mark_is_one_character() =>
        Assert.Equal(["blocks.0.mlp.fc1", "blocks.0.mlp.fc2"], Select(["blocks.0.mlp.fc?"], []));

    [Fact]
    public void Exclusion_wins() => Assert.Equal(["blocks.0.attn.proj", "blocks.1.attn.proj"], Select(["*attn*"], ["*qkv"]));

    [Fact]
    public void A_pattern_without_a_match_is_refused_with_the_nearest_name()
    {
        var error = Assert.Throws<FrugalException>(() => Select(["*"], ["haed"]));
        Assert.Contains("'haed' matches no Linear of vit", error.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean `head`?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shared_layer_is_taken_once()
    {
        var shared = TorchSharp.torch.nn.Linear(2, 2);
        using var net = TorchSharp.torch.nn.Sequential(("a", shared), ("b", shared));
        Assert.Equal(["a"], LayerSelection.All.Of<Linear>(net).Select(layer => layer.Path));
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a*b*c", "a.b.b.c", true)]
    [InlineData("a*b*c", "a.b.b", false)]
    [InlineData("**fc?", "blocks.0.fc1", true)]
    [InlineData("fc", "fc1", false)]
    [InlineData("FC1", "fc1", false)]
    [InlineData("a.b", "axb", false)]
    public void Pattern(string pattern, string path, bool matches) => Assert.Equal(matches, new NamePattern(pattern).Matches(path));
}
