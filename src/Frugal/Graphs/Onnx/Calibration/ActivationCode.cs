namespace Frugal.Graphs.Onnx.Calibration;

/// <summary>An activation as unsigned 8-bit integers: <c>q = clamp(round(x / scale) + zero, 0, 255)</c>, which stands for <c>(q - zero) · scale</c>.</summary>
/// <param name="Scale">Size of a step.</param>
/// <param name="ZeroPoint">The integer that stands for zero.</param>
internal readonly record struct ActivationCode(float Scale, byte ZeroPoint)
{
    private const double Steps = 255;

    /// <summary>The steps that cover a range. Where all is zero the size of a step does not matter.</summary>
    public static ActivationCode Of(ActivationRange range)
    {
        var scale = (float)((range.High - range.Low) / Steps);
        return float.IsNormal(scale) ? new(scale, (byte)Math.Clamp(Math.Round(-range.Low / scale), 0, Steps)) : new(1, 0);
    }

    /// <summary>What is left of a value.</summary>
    public double Rounded(double value) => (Math.Clamp(Math.Round(value / Scale) + ZeroPoint, 0, Steps) - ZeroPoint) * Scale;
}
