namespace Frugal.Kernels.Tests;

public class PackedLowBitTests
{
    [Theory]
    [InlineData(1, 2), InlineData(2, 3), InlineData(3, 3), InlineData(4, 4), InlineData(7, 4)]
    public void Shift_weights_take_as_many_bits_as_they_need_and_stay_exact(int most, int bits)
    {
        var weight = Enumerable.Range(0, 60).Select(i => (i % 3 == 0 ? -1 : 1) * MathF.ScaleB(0.75f, i % (most + 1))).ToArray();
        var layer = PackedLowBit.Pack(weight, 3, 20, LowBitValues.Shift);
        var unpacked = new float[60];
        layer.Unpack(unpacked);
        Assert.Equal(weight, unpacked);
        Assert.Equal((bits, 60), (layer.Bits, layer.NonZeros));
    }

    [Fact]
    public void Ternary_weights_stay_exact()
    {
        float[] weight = [0, 0.3f, -0.3f, 5, 0, 0];
        var unpacked = new float[6];
        var layer = PackedLowBit.Pack(weight, 2, 3, LowBitValues.Ternary);
        layer.Unpack(unpacked);
        Assert.Equal(weight, unpacked);
        Assert.Equal((2, 3), (layer.Bits, layer.NonZeros));
    }

    [Fact]
    public void Weights_of_four_bits_are_within_half_a_step()
    {
        var random = new LinearCase(rows: 1, 5, 50, density: 1, blockHeight: 1, seed: 2);
        var unpacked = new float[250];
        PackedLowBit.Pack(random.Weight, 5, 50, LowBitValues.Int4).Unpack(unpacked);
        for (var i = 0; i < 250; i++)
            Assert.Equal(random.Weight[i], unpacked[i], 2 / 7.0 / 2 + 1e-6);
    }

    [Fact]
    public void A_layer_takes_its_bits()
    {
        var random = new LinearCase(rows: 1, 64, 512, density: 1, blockHeight: 1, seed: 2);
        var layer = PackedForm.Shift(3).Pack(random.Weight, 64, 512);
        Assert.InRange(layer.Bytes, 64 * 512 * 3 / 8, 64 * 512 * 3 / 8 + 64 * 8 + 256);
    }

    [Theory]
    [InlineData(LowBitValues.Ternary, 0.5f, "ternary weights of this output are 0 and ±1")]
    [InlineData(LowBitValues.Shift, 0, "none is zero")]
    [InlineData(LowBitValues.Shift, 3, "shift weights of this output")]
    [InlineData(LowBitValues.Shift, 256, "shift weights of this output")]
    public void Weights_without_such_a_value_are_refused(LowBitValues values, float weight, string message) =>
        Assert.Contains(message, Assert.Throws<FrugalException>(() => PackedLowBit.Pack([1, -1, weight, 1], 2, 2, values)).Message);
}
