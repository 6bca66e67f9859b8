namespace Frugal.Data.Transforms;

/// <summary>What <see cref="RandomErasing"/> puts into its boxes.</summary>
public enum ErasingFill
{
    /// <summary>Zero, the mean of the data after normalisation (timm's <c>const</c>).</summary>
    Zero,

    /// <summary>One standard normal number a channel (timm's <c>rand</c>).</summary>
    Channel,

    /// <summary>A standard normal number of its own for every value (timm's <c>pixel</c>).</summary>
    Pixel,
}
