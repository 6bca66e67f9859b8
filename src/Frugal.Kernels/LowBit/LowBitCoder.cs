namespace Frugal.Kernels;

/// <summary>Finds scales and codes of a weight.</summary>
internal static class LowBitCoder
{
    private const int Int4Levels = 7;
    private const int MaxShift = 7;

    /// <summary>What is wrong with the first weight that has none of the values, or null.</summary>
    public static string? Fault(ReadOnlySpan<float> weight, int inFeatures, LowBitValues values)
    {
        // Every finite weight is rounded to one of the levels of four bits.
        if (values == LowBitValues.Int4)
            return null;
        for (var i = 0; i < weight.Length; i += inFeatures)
        {
            var row = weight.Slice(i, inFeatures);
            var scale = values == LowBitValues.Ternary ? Largest(row) : Smallest(row);
            for (var input = 0; input < inFeatures; input++)
                if (values == LowBitValues.Ternary ? row[input] != 0 && Math.Abs(row[input]) != scale : ShiftOf(row[input], scale) is null)
                    return $"The weight of output {i / inFeatures} and input {input} is {row[input]}; " + (values == LowBitValues.Ternary
                        ? $"ternary weights of this output are 0 and ±{scale}."
                        : $"shift weights of this output are ±{scale} times a power of two up to {1 << MaxShift}, and none is zero.");
        }
        return null;
    }

    /// <exception cref="FrugalException">A weight has none of the values.</exception>
    public static LowBitPanels Code(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, LowBitValues values)
    {
        LinearArguments.CheckWeight(weight.Length, outFeatures, inFeatures);
        LinearArguments.CheckFinite(weight, inFeatures);
        if (Fault(weight, inFeatures, values) is { } fault)
            throw new FrugalException(fault);
        var (codes, scales) = (new byte[weight.Length], new float[outFeatures]);
        if (values == LowBitValues.Shift)
            return Shift(weight, outFeatures, inFeatures, codes, scales);
        for (var output = 0; output < outFeatures; output++)
        {
            var row = weight.Slice(output * inFeatures, inFeatures);
            var scale = values == LowBitValues.Ternary ? Largest(row) : Largest(row) / Int4Levels;
            scales[output] = float.IsNormal(scale) ? scale : 0;
            for (var input = 0; input < inFeatures; input++)
                codes[output * inFeatures + input] = (byte)(values == LowBitValues.Ternary
                    ? 1 + Math.Sign(row[input])
                    : Int4Levels + (scales[output] == 0 ? 0 : (int)Math.Round((double)row[input] / scale)));
        }
        return values == LowBitValues.Ternary
            ? new(codes, [-1, 0, 1, 0], scales, 2, outFeatures, inFeatures)
            : new(codes, [.. Enumerable.Range(0, 16).Select(code => (short)(code - Int4Levels))], scales, 4, outFeatures, inFeatures);
    }

    private static LowBitPanels Shift(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, byte[] codes, float[] scales)
    {
        var most = 1;
        for (var output = 0; output < outFeatures; output++)
        {
            var row = weight.Slice(output * inFeatures, inFeatures);
            scales[output] = Smallest(row);
            for (var input = 0; input < inFeatures; input++)
            {
                var shift = ShiftOf(row[input], scales[output])!.Value;
                most = Math.Max(most, shift);
                codes[output * inFeatures + input] = (byte)(shift << 1 | (row[input] < 0 ? 1 : 0));
            }
        }
        var bits = most == 1 ? 2 : most <= 3 ? 3 : 4;
        return new(
            codes, [.. Enumerable.Range(0, 1 << bits).Select(code => (short)((code % 2 == 0 ? 1 : -1) << code / 2))],
            scales, bits, outFeatures, inFeatures);
    }

    /// <summary>How often a weight is the scale doubled, or null where it is not.</summary>
    private static int? ShiftOf(float value, float scale)
    {
        var shift = scale == 0 ? -1 : Math.ILogB(Math.Abs(value) / (double)scale);
        return shift is < 0 or > MaxShift || Math.Abs(value) != Math.ScaleB(scale, shift) ? null : shift;
    }

    private static float Largest(ReadOnlySpan<float> row)
    {
        var largest = 0f;
        foreach (var value in row)
            largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    private static float Smallest(ReadOnlySpan<float> row)
    {
        var smallest = float.PositiveInfinity;
        foreach (var value in row)
            smallest = Math.Min(smallest, Math.Abs(value));
        return smallest;
    }
}
