namespace Frugal.Kernels.Tests;

/// <summary>The quantisation of a row to unsigned bytes, number by number.</summary>
internal static class ScalarQuantizer
{
    public static (int[] Codes, float Scale, int Zero) Quantize(IReadOnlyList<float> row)
    {
        var low = Math.Min(0, row.Min());
        var high = Math.Max(0, row.Max());
        var scale = Math.Max(high / 255 - low / 255, 1.17549435e-38f);
        var zero = Math.Min(255, (int)MathF.Round(-low * (1 / scale)));
        return ([.. row.Select(value => Math.Clamp((int)MathF.Round(value * (1 / scale)) + zero, 0, 255))], scale, zero);
    }

    /// <summary>The inputs that the codes stand for.</summary>
    public static float[] Restored(float[] row)
    {
        var (codes, scale, zero) = Quantize(row);
        return [.. codes.Select(code => scale * (code - zero))];
    }
}
