using Frugal.Graphs;
using Frugal.Graphs.Counting;
using Frugal.Models;
using Frugal.Models.Vision;
using static TorchSharp.torch;

namespace Frugal.Wide.Tests.Graphs;

/// <summary>Counts of networks whose sizes are published.</summary>
public class PublishedCostTests
{
    private static ModelCost Count(ModelConfig config, int size)
    {
        using var model = config.Build();
        using var example = zeros(1, 3, size, size);
        return Graph.Capture(model, example).Count();
    }

    /// <summary>
    /// The figures that are printed for this network, 40.55 and 40.81 million, are of its two shortcuts: zero padding (He et al. 2015, option A) and projection (option B).
    /// </summary>
    [Fact]
    public void ResNet_20_for_CIFAR()
    {
        Assert.Equal(40_551_040, Count(ResNetConfig.ResNet20, 32).Macs);
        var projecting = Count(ResNetConfig.ResNet20 with { Shortcut = ResNetShortcut.Projection }, 32);
        Assert.Equal(40_813_184, projecting.Macs);
        Assert.Equal(272_474, projecting.Parameters);
    }

    /// <summary>4.09 billion with the stride in the 3 x 3 convolution, as in torchvision and timm (3.8 with it in the 1 x 1 one, He et al. 2015, table 1).</summary>
    [Fact]
    public void ResNet_50_at_224()
    {
        var cost = Count(ResNetConfig.ResNet50, 224);
        Assert.Equal(4_089_184_256, cost.Macs);
        Assert.Equal(25_557_032, cost.Parameters);
        Assert.Equal(cost.Macs, cost.Layers.Sum(layer => layer.Macs));
    }

    /// <summary>17.6 billion with the products inside attention, 16.9 without them (both figures are printed for this network); parameters as in timm.</summary>
    [Fact]
    public void ViT_B_16_at_224()
    {
        var cost = Count(VisionTransformerConfig.BasePatch16, 224);
        Assert.InRange(cost.Macs, 16_900_000_000, 17_600_000_000);
        Assert.Equal(86_567_656, cost.Parameters);
        Assert.Equal(cost.Macs, cost.Layers.Sum(layer => layer.Macs));
    }
}
