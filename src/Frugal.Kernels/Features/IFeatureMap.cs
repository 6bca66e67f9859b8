namespace Frugal.Kernels;

/// <summary>What a layer makes of its inputs before it multiplies them: features, which stay in cache between the two.</summary>
internal unsafe interface IFeatureMap
{
    /// <summary>Rows of floats that it writes: features, in whole groups of sixteen, and what it needs beside them.</summary>
    int Count { get; }

    /// <summary>Features of a tile of tokens.</summary>
    /// <param name="tile">Inputs, <c>[in, vectors · lanes]</c>.</param>
    /// <param name="features">Receives the features, <c>[Count, vectors · lanes]</c>.</param>
    void OfTile<TLanes, TVector>(float* tile, int vectors, float* features) where TLanes : ILanes<TVector> where TVector : struct;

    /// <summary>Features of a row.</summary>
    /// <param name="row"><c>[in]</c>.</param>
    /// <param name="features">Receives the features, <c>[Count]</c>.</param>
    void OfRow<TLanes, TVector>(float* row, float* features) where TLanes : ILanes<TVector> where TVector : struct;
}
