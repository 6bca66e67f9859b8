using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torchvision.models;

namespace Frugal.Wide.Tests.Graphs.Onnx;

/// <summary>The models of TorchSharp's torchvision export as they are, and compute the same under ONNX Runtime: networks that were not written with us in mind.</summary>
[Trait("Reliability", "T37")]
public class TorchVisionExportTests
{
    // Few, to keep the files small.
    private const int Classes = 10;

    private static readonly Dictionary<string, Func<Module<Tensor, Tensor>>> models = new()
    {
        ["resnet18"] = () => resnet18(Classes),
        ["resnet50"] = () => resnet50(Classes),
        ["vgg11"] = () => vgg11(Classes),
        ["alexnet"] = () => alexnet(Classes),
        ["googlenet"] = () => googlenet(Classes),
        ["inception_v3"] = () => inception_v3(Classes),
        ["mobilenet_v2"] = () => mobilenet_v2(Classes),
        ["mobilenet_v3_small"] = mobilenet_v3_small,
        ["mobilenet_v3_large"] = mobilenet_v3_large,
    };

    [Theory]
    [InlineData("resnet18", 64)]
    [InlineData("resnet50", 64)]
    [InlineData("vgg11", 64)]
    [InlineData("alexnet", 127)]
    [InlineData("googlenet", 64)]
    // Anything smaller leaves nothing for its last pooling.
    [InlineData("inception_v3", 75)]
    [InlineData("mobilenet_v2", 64)]
    [InlineData("mobilenet_v3_small", 64)]
    [InlineData("mobilenet_v3_large", 64)]
    public void Exports(string name, int size)
    {
        using var scope = NewDisposeScope();
        var model = models[name]();
        model.eval();
        Randomize(model);
        AssertAnswersToItsInput(model, size);
        var report = Exported.Model(model, 1, 3, size, size);
        Assert.InRange(report.MaxRelative, 0, 1e-4);
        Assert.Equal([1L, 5L], report.BatchSizes);
    }

    /// <summary>Weights that keep the size of what passes through, and statistics that are no identity: what the constructors leave fades to a constant in some of these networks.</summary>
    private static void Randomize(Module model)
    {
        using var mode = no_grad();
        using var generator = new Generator(3);
        foreach (var (_, weight) in model.named_parameters())
        {
            if (weight.dim() > 1)
                weight.normal_(0, Math.Sqrt(2.0 * weight.shape[0] / weight.numel()), generator);
        }
        foreach (var (name, buffer) in model.named_buffers())
        {
            if (name.EndsWith("running_mean", StringComparison.Ordinal))
                buffer.normal_(0, 0.1, generator);
            else if (name.EndsWith("running_var", StringComparison.Ordinal))
                buffer.uniform_(0.5, 1.5, generator);
        }
    }

    /// <summary>A network that gives every picture the same answer would hide what it computes.</summary>
    private static void AssertAnswersToItsInput(Module<Tensor, Tensor> model, int size)
    {
        using var mode = no_grad();
        using var generator = new Generator(4);
        var outputs = model.call(randn(2, 3, size, size, generator: generator));
        var difference = (outputs[0] - outputs[1]).abs().max().item<float>() / outputs.abs().max().item<float>();
        Assert.InRange(difference, 0.02, 2);
    }
}
