using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary><see cref="Activation.Identity"/>.</summary>
internal readonly struct Identity : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Invoke<TLanes, TVector>(TVector x) where TLanes : ILanes<TVector> where TVector : struct => x;
}
