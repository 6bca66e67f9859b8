using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary><see cref="Activation.Relu"/>.</summary>
internal readonly struct Relu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Invoke<TLanes, TVector>(TVector x) where TLanes : ILanes<TVector> where TVector : struct =>
        TLanes.Max(x, default);
}
