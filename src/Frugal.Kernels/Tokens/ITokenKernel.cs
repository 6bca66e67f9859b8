namespace Frugal.Kernels;

/// <summary>The product of a packed weight with a tile of tokens; <see cref="TokenDriver"/> does the rest.</summary>
internal unsafe interface ITokenKernel
{
    /// <summary>Outputs that are computed together.</summary>
    int GroupHeight { get; }

    /// <summary>Rows of floats, as wide as a tile, that <see cref="Enter"/> needs; zero where tiles are used as they are.</summary>
    int EnteredRows { get; }

    /// <summary>What <see cref="Accumulate"/> is given in place of a tile: the tile itself, or what a first product makes of it.</summary>
    /// <param name="tile">Inputs, <c>[in, vectors · lanes]</c>.</param>
    /// <param name="scratch">Memory for <see cref="EnteredRows"/>.</param>
    float* Enter<TLanes, TVector>(float* tile, int vectors, float* scratch)
        where TLanes : ILanes<TVector> where TVector : struct;

    /// <summary>Writes the sums of some groups.</summary>
    /// <param name="tile">What <see cref="Enter"/> returned.</param>
    /// <param name="vectors">Vectors across the tile: 1 to <see cref="TokenDriver.MaxVectors"/>.</param>
    /// <param name="sums">Receives <c>[groups · GroupHeight, vectors · lanes]</c>.</param>
    void Accumulate<TLanes, TVector>(int firstGroup, int groups, float* tile, int vectors, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct;
}
