namespace Frugal.Kernels.Tests;

public class PackedInt8Tests : CodedLinearTests
{
    private protected override PackedForm Form => PackedForm.Int8;

    [Theory, ClassData(typeof(Levels))]
    public void A_row_with_an_infinity_gives_NaN(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        var random = new LinearCase(rows: 2, 5, 40, density: 1, blockHeight: 1, seed: 1);
        random.Input[3] = float.PositiveInfinity;
        random.Input[79] = float.NegativeInfinity;
        Assert.All(random.Run(Form.Pack(random.Weight, 5, 40), pool), value => Assert.Equal(float.NaN, value));
    }

    [Fact]
    public void Weights_are_within_half_a_step()
    {
        var random = new LinearCase(rows: 1, 40, 50, density: 0.5, blockHeight: 1, seed: 2);
        var unpacked = new float[random.Weight.Length];
        Form.Pack(random.Weight, 40, 50).Unpack(unpacked);
        for (var output = 0; output < 40; output++)
        {
            var step = random.Weight.AsSpan(output * 50, 50).ToArray().Max(Math.Abs) / 127;
            for (var i = output * 50; i < output * 50 + 50; i++)
                Assert.InRange(unpacked[i], random.Weight[i] - 0.5001f * step, random.Weight[i] + 0.5001f * step);
        }
    }

    /// <summary>The error of a sum is at most half a step of each operand, whatever the other is.</summary>
    [Fact]
    public void Outputs_are_within_the_error_of_quantisation()
    {
        using var pool = new KernelPool(1);
        var random = new LinearCase(rows: 50, 60, 200, density: 1, blockHeight: 1, seed: 3);
        var output = random.Run(Form.Pack(random.Weight, 60, 200), pool);
        for (var row = 0; row < 50; row++)
            for (var o = 0; o < 60; o++)
            {
                double exact = 0, bound = 0;
                for (var i = 0; i < 200; i++)
                {
                    double x = random.Input[row * 200 + i], w = random.Weight[o * 200 + i];
                    exact += x * w;
                    // Steps are at most 4 / 255 and 2 / 127; an input at the end of the range may be a whole step off.
                    bound += Math.Abs(w) * 4 / 255 + (Math.Abs(x) + 4.0 / 255) / 127;
                }
                Assert.InRange(output[row * 60 + o], exact - bound, exact + bound);
            }
    }

    [Fact]
    public void Codes_of_a_quantised_weight_are_kept()
    {
        sbyte[] codes = [-128, 127, 0, 1, -1, 64];
        var unpacked = new float[6];
        var layer = PackedInt8.Pack(codes, [0.5f, 2], 2, 3);
        layer.Unpack(unpacked);
        Assert.Equal([-64, 63.5f, 0, 2, -2, 128], unpacked);
        Assert.Equal(5, layer.NonZeros);
        Assert.Throws<ArgumentException>(() => PackedInt8.Pack(codes, [0.5f], 2, 3));
    }

    [Fact]
    public void Subnormal_weights_are_counted()
    {
        var layer = PackedInt8.Pack([1e-40f, 1, 0, 1e-39f, 0, 0], 2, 3);
        Assert.Equal((2, 1), (layer.FlushedSubnormals, layer.NonZeros));
    }

    [Fact]
    public void More_inputs_than_a_sum_can_hold_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Form.Pack(new float[65_537], 1, 65_537));
}
