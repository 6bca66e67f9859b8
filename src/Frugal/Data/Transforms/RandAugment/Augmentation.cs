namespace Frugal.Data.Transforms;

/// <summary>Carries operations out.</summary>
internal static class Augmentation
{
    /// <summary>Applies an operation with its argument: degrees, bits, a threshold, an addend, a factor, a slant or a share of the side; see <see cref="Severity"/>.</summary>
    public static Image Apply(AugmentOperation operation, Image image, double argument, Interpolation interpolation, ReadOnlySpan<byte> fill) => operation switch
    {
        AugmentOperation.AutoContrast => Tone.AutoContrast(image),
        AugmentOperation.Equalize => Tone.Equalize(image),
        AugmentOperation.Invert => Tone.Invert(image),
        AugmentOperation.Posterize => Tone.Posterize(image, (int)argument),
        AugmentOperation.Solarize => Tone.Solarize(image, (int)argument),
        AugmentOperation.SolarizeAdd => Tone.SolarizeAdd(image, (int)argument),
        AugmentOperation.Color => Enhancement.Color(image, argument),
        AugmentOperation.Contrast => Enhancement.Contrast(image, argument),
        AugmentOperation.Brightness => Enhancement.Brightness(image, argument),
        AugmentOperation.Sharpness => Enhancement.Sharpness(image, argument),
        AugmentOperation.Rotate => Warp.Rotate(argument, image.Height, image.Width).Apply(image, interpolation, fill),
        AugmentOperation.ShearX => Warp.ShearX(argument).Apply(image, interpolation, fill),
        AugmentOperation.ShearY => Warp.ShearY(argument).Apply(image, interpolation, fill),
        AugmentOperation.TranslateXRel => Warp.Translate(argument * image.Width, 0).Apply(image, interpolation, fill),
        AugmentOperation.TranslateYRel => Warp.Translate(0, argument * image.Height).Apply(image, interpolation, fill),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    };
}
