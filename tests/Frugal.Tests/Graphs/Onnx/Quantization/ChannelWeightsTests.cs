using Frugal.Graphs.Onnx.Quantization;

namespace Frugal.Tests.Graphs.Onnx.Quantization;

public class ChannelWeightsTests
{
    private static readonly double[] none = [0, 0, 0];

    [Fact]
    public void Each_channel_has_steps_of_its_own()
    {
        float[] weight = [0.5f, -1.27f, 12.7f, 1, 0, 0.127f];
        var quantized = ChannelWeights.Of(weight, [3, 2], 0, 127, none);
        Assert.Equal([1.27f / 127, 12.7f / 127, 0.127f / 127], quantized.Scales);
        Assert.Equal([(sbyte)50, (sbyte)-127, (sbyte)127, (sbyte)10, (sbyte)0, (sbyte)127], quantized.Codes);
    }

    [Fact]
    public void Channels_may_be_the_columns()
    {
        float[] weight = [1, 20, 300, -2, 10, 30];
        var quantized = ChannelWeights.Of(weight, [2, 3], 1, 127, none);
        Assert.Equal([2f / 127, 20f / 127, 300f / 127], quantized.Scales);
        Assert.Equal([(sbyte)64, (sbyte)127, (sbyte)127, (sbyte)-127, (sbyte)64, (sbyte)13], quantized.Codes);
    }

    [Theory]
    [InlineData(127)]
    [InlineData(63)]
    public void What_is_left_of_a_weight_is_within_half_a_step(int limit)
    {
        var random = new RandomStreams(0).At("weights");
        float[] weight = [.. Enumerable.Range(0, 3 * 4 * 5).Select(i => (float)(random.NextNormal() * (i / 20 + 1)))];
        var quantized = ChannelWeights.Of(weight, [3, 4, 5], 0, limit, none);
        var rounded = quantized.Rounded(20);
        for (var i = 0; i < weight.Length; i++)
            Assert.InRange(Math.Abs(rounded[i] - weight[i]), 0, quantized.Scales[i / 20] * 0.5001);
        Assert.Equal(limit, quantized.Codes.Max(code => Math.Abs((int)code)));
    }

    [Fact]
    public void A_channel_of_zeros_stays_zero() => Assert.Equal([0f, 0f, 3f, -3f, 0f, 0f], ChannelWeights.Of([0, 0, 3, -3, 0, 0], [3, 2], 0, 127, none).Rounded(2));

    [Fact]
    public void No_step_is_smaller_than_the_bias_allows() => Assert.Equal(0.5f, ChannelWeights.Of([1, 1, 1, 1, 1, 1], [3, 2], 0, 127, [0, 0.5, 0]).Scales[1]);
}
