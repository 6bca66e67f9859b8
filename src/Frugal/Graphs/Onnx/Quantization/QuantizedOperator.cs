using Frugal.Graphs.Onnx.Calibration;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>A product with its weight and bias as integers.</summary>
/// <param name="Operator">The product.</param>
/// <param name="Weight">The weight's integers.</param>
/// <param name="Bias">The bias as 32-bit integers with the steps <see cref="BiasScales"/>, or null.</param>
/// <param name="BiasScales">Size of a step of the products, input step times weight step, by channel.</param>
internal sealed record QuantizedOperator(WeightedOperator Operator, ChannelWeights Weight, int[]? Bias, float[] BiasScales)
{
    // Sums of products are added to the bias in 32 bits, which must not run over.
    private const double LargestBias = 1 << 30;

    /// <summary>Rounds weight and bias.</summary>
    /// <param name="product">The product.</param>
    /// <param name="input">The steps of its input.</param>
    /// <param name="weightLimit">Steps of a weight to either side of zero.</param>
    public static QuantizedOperator Of(WeightedOperator product, ActivationCode input, int weightLimit)
    {
        var bias = product.Bias?.Read<float>() ?? new float[product.Channels];
        // A large bias on tiny weights would not fit: such a channel gets larger steps.
        var least = bias.Select(value => Math.Abs(value) / (input.Scale * LargestBias)).ToArray();
        var weight = ChannelWeights.Of(product.Weight.Read<float>(), product.Weight.Shape, product.ChannelAxis, weightLimit, least);
        float[] scales = [.. weight.Scales.Select(scale => scale * input.Scale)];
        return new(product, weight, product.Bias is null ? null : [.. bias.Select((value, channel) => (int)Math.Round(value / (double)scales[channel]))], scales);
    }
}
