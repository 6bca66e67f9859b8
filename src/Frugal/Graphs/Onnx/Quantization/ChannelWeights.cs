namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>A weight as signed 8-bit integers around zero, with a scale for each output channel: <c>w ≈ code · scale</c>.</summary>
/// <param name="Codes">The integers, in the weight's order.</param>
/// <param name="Scales">Size of a step of each channel.</param>
internal sealed record ChannelWeights(sbyte[] Codes, float[] Scales)
{
    /// <summary>Rounds a weight to the nearest steps, the largest of each channel being the last one.</summary>
    /// <param name="weight">The weight, row-major.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="axis">Dimension of the channels.</param>
    /// <param name="limit">Steps to either side of zero: 127 for all bits, 63 to leave one to the sums.</param>
    /// <param name="leastScales">What no scale may fall below, by channel.</param>
    public static ChannelWeights Of(ReadOnlySpan<float> weight, IReadOnlyList<long> shape, int axis, int limit, IReadOnlyList<double> leastScales)
    {
        var inner = (int)shape.Skip(axis + 1).Aggregate(1L, (product, size) => product * size);
        var largest = new float[shape[axis]];
        for (var i = 0; i < weight.Length; i++)
        {
            ref var reach = ref largest[i / inner % largest.Length];
            reach = Math.Max(reach, Math.Abs(weight[i]));
        }
        float[] scales = [.. largest.Select((reach, channel) => ScaleOf(reach / (double)limit, leastScales[channel]))];
        var codes = new sbyte[weight.Length];
        for (var i = 0; i < weight.Length; i++)
            codes[i] = (sbyte)Math.Clamp(Math.Round(weight[i] / (double)scales[i / inner % scales.Length]), -limit, limit);
        return new(codes, scales);
    }

    /// <summary>The weight that the integers stand for.</summary>
    public float[] Rounded(int inner) => [.. Codes.Select((code, i) => code * Scales[i / inner % Scales.Length])];

    // A channel of zeros has no reach; any step will do.
    private static float ScaleOf(double scale, double least) => (float)Math.Max(scale, least) is var chosen && float.IsNormal(chosen) ? chosen : 1;
}
