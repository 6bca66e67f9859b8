namespace Frugal.Models.Vision;

/// <summary>What a shortcut does where the shape changes (He et al. 2015, section 3.3).</summary>
public enum ResNetShortcut
{
    /// <summary>Option A: every other pixel, new channels zero; no parameters.</summary>
    ZeroPadding,

    /// <summary>Option B: 1x1 convolution and batch normalisation.</summary>
    Projection,
}
