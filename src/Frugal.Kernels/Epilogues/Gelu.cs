using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary><see cref="Activation.Gelu"/>.</summary>
internal readonly struct Gelu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Invoke<TLanes, TVector>(TVector x) where TLanes : ILanes<TVector> where TVector : struct
    {
        var tail = Elementary.NormalTail<TLanes, TVector>(x);
        var upper = TLanes.Subtract(TLanes.Broadcast(1f), tail);
        return TLanes.Multiply(x, TLanes.SelectLess(x, default, tail, upper));
    }
}
