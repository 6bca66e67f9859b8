namespace Frugal.Kernels;

/// <summary>Finds scales and codes of a weight.</summary>
internal static class LowBitCoder
{
    private const int Int4Levels = 7;
    private const int MaxShift = 7;

    /// <exception cref="FrugalException">A weight has none of the values.</exception>
    public static LowBitPanels Code(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, LowBitValues values)
    {
        LinearArguments.CheckWeight(weight.Length, outFeatures, inFeatures);
        LinearArguments.CheckFinite(weight, inFeatures);
        var (codes, scales) = (new byte[weight.Length], new float[outFeatures]);
        if (values == LowBitValues.Shift)
            return Shift(weight, outFeatures, inFeatures, codes, scales);
        for (var output = 0; output < outFeatures; output++)
        {
            var row = weight.Slice(output * inFeatures, inFeatures);
            var largest = 0f;
            foreach (var value in row)
                largest = Math.Max(largest, Math.Abs(value));
            var scale = values == LowBitValues.Ternary ? largest : largest / Int4Levels;
            scales[output] = float.IsNormal(scale) ? scale : 0;
            for (var input = 0; input < inFeatures; input++)
                codes[output * inFeatures + input] = (byte)(values == LowBitValues.Ternary
                    ? 1 + Sign(row[input], largest, output, input)
                    : Int4Levels + (scales[output] == 0 ? 0 : (int)Math.Round((double)row[input] / scale)));
        }
        return values == LowBitValues.Ternary
            ? new(codes, [-1, 0, 1, 0], scales, 2, outFeatures, inFeatures)
            : new(codes, [.. Enumerable.Range(0, 16).Select(code => (short)(code - Int4Levels))], scales, 4, outFeatures, inFeatures);
    }

    private static int Sign(float value, float scale, int output, int input)
    {
        if (value != 0 && Math.Abs(value) != scale)
            throw new FrugalException($"The weight of output {output} and input {input} is {value}; ternary weights of this output are 0 and ±{scale}.");
        return Math.Sign(value);
    }

    private static LowBitPanels Shift(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, byte[] codes, float[] scales)
    {
        var most = 1;
        for (var output = 0; output < outFeatures; output++)
        {
            var row = weight.Slice(output * inFeatures, inFeatures);
            var smallest = float.PositiveInfinity;
            foreach (var value in row)
                smallest = Math.Min(smallest, Math.Abs(value));
            scales[output] = smallest;
            for (var input = 0; input < inFeatures; input++)
            {
                var shift = smallest == 0 ? -1 : Math.ILogB(Math.Abs(row[input]) / (double)smallest);
                if (shift is < 0 or > MaxShift || Math.Abs(row[input]) != Math.ScaleB(smallest, shift))
                    throw new FrugalException(
                        $"The weight of output {output} and input {input} is {row[input]}; shift weights of this output are ±{smallest} times a power of two up to {1 << MaxShift}, and none is zero.");
                most = Math.Max(most, shift);
                codes[output * inFeatures + input] = (byte)(shift << 1 | (row[input] < 0 ? 1 : 0));
            }
        }
        var bits = most == 1 ? 2 : most <= 3 ? 3 : 4;
        return new(
            codes, [.. Enumerable.Range(0, 1 << bits).Select(code => (short)((code % 2 == 0 ? 1 : -1) << code / 2))],
            scales, bits, outFeatures, inFeatures);
    }
}
