using System.Reflection;
using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Models;
using Frugal.Models.Vision;

namespace Frugal.Tests.Models;

/// <summary>One small instance of every architecture, so that a test over models covers all of them.</summary>
internal static class ModelCases
{
    public static readonly IReadOnlyDictionary<string, ImageModelConfig> Small = new Dictionary<string, ImageModelConfig>
    {
        ["mlp"] = new MlpConfig { HiddenSizes = [12, 8], NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["mlp without hidden layers"] = new MlpConfig { HiddenSizes = [], NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["mlp with dropout"] = new MlpConfig { HiddenSizes = [12], DropRate = 0.3, NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["residual-mlp"] = new ResidualMlpConfig { Width = 12, HiddenSize = 20, Depth = 2, NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["kan"] = new KanConfig { HiddenSizes = [6], NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["kan with convolutions"] = new KanConfig { ConvChannels = [3], HiddenSizes = [], Pool = [KanFamily.Relu, KanFamily.Jacobi, KanFamily.Bspline], HasNorm = true, NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["ffnet"] = new FfNetConfig { Widths = [4, 8], Depths = [1, 2], StemWidth = 4, KernelSizes1 = [3, 7], KernelSizes2 = [7, 3], LayerScale = 0.5, HasSqueezeExcite = true, NumClasses = 5, InChannels = 2, ImageSize = 16 },
        ["convnet"] = new ConvNetConfig { Channels = [4, 6], NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["convnet with two convolutions a stage"] = new ConvNetConfig { Channels = [4, 6], ConvsPerStage = 2, NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["convnet with strides and hidden layers"] = new ConvNetConfig { Channels = [4, 6], HiddenSizes = [8], HasNorm = false, Downsampling = Downsampling.Stride, NumClasses = 5, InChannels = 2, ImageSize = 7 },
        ["cell-network"] = new CellNetworkConfig { Channels = 4, Cells = 3, DropPathRate = 0.2, NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["cell-network on odd sides"] = new CellNetworkConfig { Channels = 3, Cells = 3, NumClasses = 5, InChannels = 2, ImageSize = 7 },
        ["resnet for cifar"] = new ResNetConfig
        {
            Depths = [1, 2],
            Width = 4,
            Stem = ResNetStem.Cifar,
            Shortcut = ResNetShortcut.ZeroPadding,
            DropPathRate = 0.2,
            NumClasses = 5,
            InChannels = 2,
            ImageSize = 8,
        },
        ["resnet with bottlenecks"] = new ResNetConfig { Depths = [1, 1], Width = 4, Block = ResidualBlock.Bottleneck, NumClasses = 5, InChannels = 2, ImageSize = 16 },
        ["vit"] = new VisionTransformerConfig { EmbedDim = 12, Depth = 2, NumHeads = 3, PatchSize = 4, DropPathRate = 0.1, DropRate = 0.1, AttentionDropRate = 0.1, NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["widenet"] = new WideNetConfig { EmbedDim = 12, Depth = 3, NumHeads = 3, PatchSize = 4, HiddenDim = 20, NumClasses = 5, InChannels = 2, ImageSize = 8 },
        ["widenet with shared norms"] = new WideNetConfig
        {
            EmbedDim = 12,
            Depth = 3,
            NumHeads = 2,
            PatchSize = 4,
            HiddenDim = 20,
            SharesNorms = true,
            HasPreLogits = true,
            BlockDropRate = 0.1,
            AttentionDropRate = 0.1,
            NumClasses = 5,
            InChannels = 2,
            ImageSize = 8,
        },
        ["vit with mean pooling"] = new VisionTransformerConfig { EmbedDim = 12, Depth = 1, NumHeads = 2, Pooling = TokenPooling.Average, NumClasses = 5, InChannels = 2, ImageSize = ImageSize.Parse("8x12") },
    };

    public static TheoryData<string> Names => [.. Small.Keys];

    /// <summary>
    /// Those of linear layers and convolutions that every example passes through. Inputs of a Kolmogorov-Arnold layer have functions of their own, and channels are not followed through a mixture's routing.
    /// </summary>
    public static IEnumerable<string> OfPlainLayers => Small.Where(own => own.Value is not (KanConfig or WideNetConfig or MlpConfig { HiddenSizes.Count: 0 })).Select(own => own.Key);

    public static ModelConfig Preset(string name) =>
        typeof(ModelConfig).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ModelConfig)))
            .SelectMany(t => t.GetProperties(BindingFlags.Static | BindingFlags.Public))
            .Where(p => p.GetCustomAttribute<PresetAttribute>()?.Name == name)
            .Select(p => (ModelConfig)p.GetValue(null)!)
            .Single();
}
