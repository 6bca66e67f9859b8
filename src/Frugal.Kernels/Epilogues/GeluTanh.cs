using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary><see cref="Activation.GeluTanh"/>, as x σ(2u), since ½ (1 + tanh u) = σ(2u).</summary>
internal readonly struct GeluTanh : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Invoke<TLanes, TVector>(TVector x) where TLanes : ILanes<TVector> where TVector : struct
    {
        var square = TLanes.Multiply(x, x);
        var factor = TLanes.MultiplyAdd(square, TLanes.Broadcast(0.0713548163f), TLanes.Broadcast(1.5957691216f));
        return TLanes.Multiply(x, Elementary.Sigmoid<TLanes, TVector>(TLanes.Multiply(x, factor)));
    }
}
