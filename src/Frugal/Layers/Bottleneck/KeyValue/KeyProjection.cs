namespace Frugal.Layers;

/// <summary>How a discrete key-value bottleneck makes a head for each codebook of an input.</summary>
public enum KeyProjection
{
    /// <summary>A fixed random matrix for each codebook, which all see the whole input; drawn as Xavier draws.</summary>
    Random,

    /// <summary>The input is cut into equal parts, one for each codebook.</summary>
    Split,
}
