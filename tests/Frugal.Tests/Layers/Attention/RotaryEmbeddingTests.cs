using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Attention;

public class RotaryEmbeddingTests
{
    private static readonly RotaryEmbedding rotary = new(8);

    [Fact]
    public void Products_depend_on_the_distance_alone()
    {
        using var scope = NewDisposeScope();
        Tensor query = arange(8, float64) - 3, key = (arange(8, float64) * 5 % 7) - 2;
        double Product(long at, long other) =>
            (RotaryEmbedding.Rotate(query.view(1, 8), rotary.Tables(at, 1, float64, CPU)) * RotaryEmbedding.Rotate(key.view(1, 8), rotary.Tables(other, 1, float64, CPU))).sum().item<double>();
        Assert.Equal(Product(3, 7), Product(103, 107), 1e-9);
        Assert.NotEqual(Product(3, 7), Product(3, 8), 1e-3);
    }

    [Fact]
    public void Lengths_stay_and_position_zero_is_the_identity()
    {
        using var scope = NewDisposeScope();
        var x = arange(24, float64).view(3, 8);
        var turned = RotaryEmbedding.Rotate(x, rotary.Tables(0, 3, float64, CPU));
        Assert.InRange((turned.norm(-1) - x.norm(-1)).abs().max().item<double>(), 0, 1e-9);
        Assert.InRange((turned[0] - x[0]).abs().max().item<double>(), 0, 1e-12);
    }

    [Fact]
    public void Linear_scaling_divides_positions()
    {
        using var scope = NewDisposeScope();
        var x = arange(8, float64).view(1, 8);
        var stretched = new RotaryEmbedding(8, scaling: new RotaryScaling { Type = RotaryScalingType.Linear, Factor = 4 });
        Assert.InRange((RotaryEmbedding.Rotate(x, stretched.Tables(8, 1, float64, CPU)) - RotaryEmbedding.Rotate(x, rotary.Tables(2, 1, float64, CPU))).abs().max().item<double>(), 0, 1e-12);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(0)]
    public void Odd_widths_are_refused(long width) => Assert.Throws<FrugalException>(() => new RotaryEmbedding(width));
}
