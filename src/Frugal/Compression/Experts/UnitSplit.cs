namespace Frugal.Compression.Experts;

/// <summary>Which hidden units of a block make up an expert.</summary>
public enum UnitSplit
{
    /// <summary>Neighbours, as the block has them (the authors' choice).</summary>
    Contiguous,

    /// <summary>A random selection.</summary>
    Random,

    /// <summary>Those with similar weights: k-means with parts of equal size.</summary>
    Similar,
}
