using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Normalization;

public class RmsNormTests
{
    [Fact]
    public void The_mean_square_is_one_whatever_the_scale()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layer = new RmsNorm(6, epsilon: 0);
        var x = arange(12, float32).view(2, 6) - 4;
        Tensor one = layer.call(x), scaled = layer.call(x * 37);
        Assert.InRange((one.square().mean([-1]) - 1).abs().max().item<float>(), 0, 1e-6);
        Assert.InRange((one - scaled).abs().max().item<float>(), 0, 1e-6);
        Assert.True((one - layer.call(x + 1)).abs().max().item<float>() > 0.01, "but not whatever the shift");
    }

    [Fact]
    public void The_weight_is_applied_in_the_type_of_the_input()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layer = new RmsNorm(4);
        layer.to(bfloat16);
        Assert.Equal(ScalarType.BFloat16, layer.call(ones(1, 4, bfloat16)).dtype);
    }
}
