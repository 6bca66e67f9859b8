namespace Frugal.Data.Transforms;

/// <summary>How pixels between pixels are computed.</summary>
public enum Interpolation
{
    /// <summary>The nearest pixel.</summary>
    Nearest,

    /// <summary>Linear between the neighbours.</summary>
    Bilinear,

    /// <summary>Cubic through four neighbours in each direction.</summary>
    Bicubic,
}
