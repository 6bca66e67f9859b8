namespace Frugal.Layers;

/// <summary>What the added weights of a SLoRB layer begin with.</summary>
public enum SlorbStart
{
    /// <summary>The mean of the weights that the mask took from each group of inputs: the nearest to them in the least squares sense.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Zeros, with a projection drawn as Xavier uniform; the projection must be trained.</summary>
    Xavier,
}
