using Frugal.Compression.Pruning;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training.Methods.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression.Pruning;

public class MagnitudePruningTests
{
    private static readonly ConvNetConfig convnet = new() { Channels = [8, 16] };

    private static Tensor Weight(Subject subject, string name) => subject.Model.get_parameter(name)!;

    private static double Zeros(Tensor weight) => weight.eq(0).to(float64).mean().ToDouble();

    [Fact]
    public void Takes_the_same_share_of_every_layer()
    {
        using var subject = TinySubject.Of(convnet);
        new MagnitudePruning { Sparsity = 0.75 }.Apply(subject);
        Assert.All(subject.Model.parameters().Where(parameter => parameter.dim() > 1), weight => Assert.Equal(0.75, Zeros(weight), 0.02));
    }

    [Fact]
    public void Takes_the_smallest_of_all_layers_and_leaves_one_of_each()
    {
        using var subject = TinySubject.Of(convnet);
        using (var mode = no_grad())
            Weight(subject, "fc.weight").mul_(1e-3);
        new MagnitudePruning { Sparsity = 0.75, Allocation = PruningAllocation.Global }.Apply(subject);
        Assert.Equal(1, Weight(subject, "fc.weight").count_nonzero().ToInt64());
        using var all = cat([.. subject.Model.parameters().Where(parameter => parameter.dim() > 1).Select(parameter => parameter.flatten())]);
        Assert.Equal(0.75, Zeros(all), 0.01);
    }

    [Theory]
    [InlineData("filter")]
    [InlineData("channel")]
    [InlineData("4x4")]
    [InlineData("2x3")]
    public void Takes_whole_blocks(string pattern)
    {
        using var subject = TinySubject.Of(convnet);
        new MagnitudePruning { Sparsity = 0.5, Pattern = BlockPattern.Parse(pattern), Include = ["stages.conv2"] }.Apply(subject);
        var weight = Weight(subject, "stages.conv2.weight");
        Assert.InRange(Zeros(weight), 0.4, 0.6);
        using var zero = weight.eq(0).to(float32);
        using var byBlock = pattern switch
        {
            "filter" => zero.flatten(1).mean([1]),
            "channel" => zero.transpose(0, 1).flatten(1).mean([1]),
            "4x4" => zero.flatten(1).reshape(4, 4, 18, 4).mean([1, 3]).flatten(),
            _ => zero.flatten(1).reshape(8, 2, 24, 3).mean([1, 3]).flatten(),
        };
        Assert.True(byBlock.eq(0).logical_or(byBlock.eq(1)).all().item<bool>());
    }
}
