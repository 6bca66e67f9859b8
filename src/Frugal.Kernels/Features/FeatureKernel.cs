namespace Frugal.Kernels;

/// <summary>Features of the inputs, times weights: for each tile of tokens the features are made once and meet all outputs while they are in cache.</summary>
/// <param name="map">What makes the features.</param>
/// <param name="weights">The product with <c>[out, features]</c>, in blocks of sixteen outputs.</param>
internal readonly unsafe struct FeatureKernel<TMap>(TMap map, BlockSparseKernel<ushort> weights) : ISparseKernel where TMap : struct, IFeatureMap
{
    public int GroupHeight => weights.GroupHeight;

    public int MaxDotRows => 1;

    public int EnteredRows => map.Count;

    public float* Enter<TLanes, TVector>(float* tile, int vectors, float* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        map.OfTile<TLanes, TVector>(tile, vectors, scratch);
        return scratch;
    }

    public float* EnterRow<TLanes, TVector>(float* row, float* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        map.OfRow<TLanes, TVector>(row, scratch);
        return scratch;
    }

    public void Accumulate<TLanes, TVector>(int firstGroup, int groups, float* tile, int vectors, float* sums) where TLanes : ILanes<TVector> where TVector : struct =>
        weights.Accumulate<TLanes, TVector>(firstGroup, groups, tile, vectors, sums);

    public void Dot<TLanes, TVector>(int firstGroup, int endGroup, float* input, float* sums) where TLanes : ILanes<TVector> where TVector : struct =>
        weights.Dot<TLanes, TVector>(firstGroup, endGroup, input, sums);
}
