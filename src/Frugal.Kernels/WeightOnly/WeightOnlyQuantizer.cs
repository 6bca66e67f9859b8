namespace Frugal.Kernels;

/// <summary>Codes a weight by groups of inputs: <c>weight ≈ scale · code</c> with <c>scale = max |weight| / most</c> over the group.</summary>
internal static class WeightOnlyQuantizer
{
    /// <exception cref="FrugalException">A weight is infinite or not a number.</exception>
    public static WeightOnlyPanels Quantize(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, int bits, int groupSize)
    {
        LinearArguments.CheckWeight(weight.Length, outFeatures, inFeatures);
        LinearArguments.CheckFinite(weight, inFeatures);
        var most = (1 << (bits - 1)) - 1;
        var groups = WeightOnlyPanels.GroupsOf(inFeatures, groupSize);
        var (codes, scales) = (new sbyte[weight.Length], new float[outFeatures * groups]);
        for (var output = 0; output < outFeatures; output++)
            for (var group = 0; group < groups; group++)
            {
                var first = output * inFeatures + group * groupSize;
                var values = weight.Slice(first, Math.Min(groupSize, inFeatures - group * groupSize));
                var largest = 0f;
                foreach (var value in values)
                    largest = Math.Max(largest, Math.Abs(value));
                var scale = (float)(largest / (double)most);
                // A step below the normal numbers would make a row of subnormal products.
                if (!float.IsNormal(scale))
                    continue;
                scales[output * groups + group] = scale;
                for (var i = 0; i < values.Length; i++)
                    codes[first + i] = (sbyte)Math.Round(Math.Clamp((double)values[i] / scale, -most, most));
            }
        return new(codes, scales, bits, groupSize, outFeatures, inFeatures);
    }
}
