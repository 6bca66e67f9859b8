namespace Frugal.Kernels;

/// <summary>The product of a packed weight with a tile of tokens; <see cref="TokenDriver"/> does the rest.</summary>
internal unsafe interface ITokenKernel
{
    /// <summary>Outputs that are computed together.</summary>
    int GroupHeight { get; }

    /// <summary>Writes the sums of some groups.</summary>
    /// <param name="tile">Inputs, <c>[in, vectors · lanes]</c>.</param>
    /// <param name="vectors">Vectors across the tile: 1 to <see cref="TokenDriver.MaxVectors"/>.</param>
    /// <param name="sums">Receives <c>[groups · GroupHeight, vectors · lanes]</c>.</param>
    void Accumulate<TLanes, TVector>(int firstGroup, int groups, float* tile, int vectors, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct;
}
