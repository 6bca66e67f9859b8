using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>How the numbers that belong to an input meet its vector.</summary>
internal unsafe interface IKnotAccess
{
    static abstract TVector Get<TLanes, TVector>(float* source) where TLanes : ILanes<TVector> where TVector : struct;
}

/// <summary>A vector of tokens of one input.</summary>
internal readonly unsafe struct OneInput : IKnotAccess
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Get<TLanes, TVector>(float* source) where TLanes : ILanes<TVector> where TVector : struct => TLanes.Broadcast(*source);
}

/// <summary>A vector of neighbouring inputs of one token.</summary>
internal readonly unsafe struct ManyInputs : IKnotAccess
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Get<TLanes, TVector>(float* source) where TLanes : ILanes<TVector> where TVector : struct => TLanes.Load(source);
}
