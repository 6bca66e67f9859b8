using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary><see cref="Activation.Silu"/>.</summary>
internal readonly struct Silu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Invoke<TLanes, TVector>(TVector x) where TLanes : ILanes<TVector> where TVector : struct =>
        TLanes.Multiply(x, Elementary.Sigmoid<TLanes, TVector>(x));
}
