namespace Frugal.Data.Transforms;

/// <summary>The operations that <see cref="RandAugment"/> draws from; the names are timm's.</summary>
internal enum AugmentOperation
{
    AutoContrast,
    Equalize,
    Invert,
    Rotate,
    Posterize,
    Solarize,
    SolarizeAdd,
    Color,
    Contrast,
    Brightness,
    Sharpness,
    ShearX,
    ShearY,
    TranslateXRel,
    TranslateYRel,
}
