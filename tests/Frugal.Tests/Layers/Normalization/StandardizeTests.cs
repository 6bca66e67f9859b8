using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class StandardizeTests
{
    [Fact]
    public void Features_get_mean_0_and_deviation_1_and_one_that_does_not_vary_is_only_centred()
    {
        using var scope = NewDisposeScope();
        var features = stack([arange(5, float32) * 3 + 7, full([5], 2.5f)], 1);
        var output = Standardize.Of(features).call(features);
        Assert.True(output.mean([0]).abs().lt(1e-6).all().item<bool>());
        Assert.Equal(1, output.select(1, 0).square().mean().item<float>(), 5);
        Assert.True(output.select(1, 1).eq(0).all().item<bool>());
    }
}
