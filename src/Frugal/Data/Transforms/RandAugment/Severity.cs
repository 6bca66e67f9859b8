namespace Frugal.Data.Transforms;

/// <summary>What a magnitude means for each operation (timm's tables).</summary>
internal static class Severity
{
    /// <summary>Magnitude at which operations are strongest.</summary>
    public const double Full = 10;

    /// <summary>The argument of an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="magnitude">0 to 10, or more where the recipe allows it.</param>
    /// <param name="increasing">Whether more magnitude always means a stronger change.</param>
    /// <param name="random">Decides the sign of operations that go both ways.</param>
    public static double ArgumentOf(AugmentOperation operation, double magnitude, bool increasing, RandomStream random)
    {
        double level = magnitude / Full;
        return operation switch
        {
            AugmentOperation.Rotate => Signed(30 * level, random),
            AugmentOperation.ShearX or AugmentOperation.ShearY => Signed(0.3 * level, random),
            AugmentOperation.TranslateXRel or AugmentOperation.TranslateYRel => Signed(0.45 * level, random),
            AugmentOperation.Posterize => Math.Clamp(increasing ? 4 - (int)(4 * level) : (int)(4 * level), 0, 8),
            AugmentOperation.Solarize => increasing ? 256 - Math.Min(256, (int)(256 * level)) : Math.Min(256, (int)(256 * level)),
            AugmentOperation.SolarizeAdd => Math.Min(128, (int)(110 * level)),
            AugmentOperation.Color or AugmentOperation.Contrast or AugmentOperation.Brightness or AugmentOperation.Sharpness =>
                increasing ? Math.Max(0.1, 1 + Signed(0.9 * level, random)) : 0.1 + 1.8 * level,
            _ => 0,
        };
    }

    private static double Signed(double value, RandomStream random) => random.NextBool(0.5) ? -value : value;
}
