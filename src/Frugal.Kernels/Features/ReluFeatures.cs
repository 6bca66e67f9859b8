using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary><c>max(projection · input, floor)</c>: the features of scalable neural network kernels (Sehanobish et al., 2310.13225), but for their factor 1/√m, which is in the weights.</summary>
/// <param name="projection">The product with <c>[features, in]</c>, in blocks of sixteen features.</param>
/// <param name="count">Features, in whole groups.</param>
/// <param name="floor">The smallest product that passes as it is.</param>
internal readonly unsafe struct ReluFeatures(BlockSparseKernel<ushort> projection, int count, float floor) : IFeatureMap
{
    public int Count => count;

    public void OfTile<TLanes, TVector>(float* tile, int vectors, float* features) where TLanes : ILanes<TVector> where TVector : struct
    {
        projection.Accumulate<TLanes, TVector>(0, count / projection.GroupHeight, tile, vectors, features);
        Raise<TLanes, TVector>(features, count * vectors * TLanes.Count);
    }

    public void OfRow<TLanes, TVector>(float* row, float* features) where TLanes : ILanes<TVector> where TVector : struct
    {
        projection.Dot<TLanes, TVector>(0, count / projection.GroupHeight, row, features);
        Raise<TLanes, TVector>(features, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Raise<TLanes, TVector>(float* features, int length) where TLanes : ILanes<TVector> where TVector : struct
    {
        var least = TLanes.Broadcast(floor);
        for (var i = 0; i < length; i += TLanes.Count)
            TLanes.Store(features + i, TLanes.Max(TLanes.Load(features + i), least));
    }
}
