namespace Frugal.Kernels;

/// <summary>Quantises a weight to signed bytes, each output over its own range: <c>weight ≈ scale · code</c> with <c>scale = max |weight| / 127</c>.</summary>
internal static class Int8Quantizer
{
    private const double Levels = 127;

    /// <exception cref="FrugalException">A weight is infinite or not a number.</exception>
    public static (sbyte[] Codes, float[] Scales) Quantize(ReadOnlySpan<float> weight, int outFeatures, int inFeatures)
    {
        LinearArguments.CheckWeight(weight.Length, outFeatures, inFeatures);
        LinearArguments.CheckFinite(weight, inFeatures);
        var codes = new sbyte[weight.Length];
        var scales = new float[outFeatures];
        for (var output = 0; output < outFeatures; output++)
        {
            var row = weight.Slice(output * inFeatures, inFeatures);
            var largest = 0f;
            foreach (var value in row)
                largest = Math.Max(largest, Math.Abs(value));
            var scale = (float)(largest / Levels);
            // A step below the normal numbers would make a row of subnormal products.
            if (!float.IsNormal(scale))
                continue;
            scales[output] = scale;
            for (var input = 0; input < inFeatures; input++)
                codes[output * inFeatures + input] = (sbyte)Math.Round(Math.Clamp((double)row[input] / scale, -Levels, Levels));
        }
        return (codes, scales);
    }
}
